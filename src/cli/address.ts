import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Address, addressOf, isUsable } from "../core/address.ts";
import { StartError } from "../runtime/start-error.ts";

/**
 * The address that a person means: `127.0.0.1:7001`, `[::1]:7001`, `localhost:7001`, or a port alone for this machine.
 *
 * @param flag what to name in the error
 * @throws StartError with one line that says what is wrong and what would be right
 */
export async function resolveAddress(text: string, flag: string): Promise<Address> {
  const [, bracketed, name, port] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const refuse = (reason: string): never => {
    throw new StartError(`${flag} ${text}: ${reason}`);
  };
  if (port === undefined || (bracketed !== undefined && isIP(bracketed) !== 6)) {
    return refuse("an address is host:port, such as 127.0.0.1:7001 or [::1]:7001");
  }
  const host = bracketed ?? (name === undefined || name === "" ? "127.0.0.1" : name);
  if (Number(port) < 1 || Number(port) > 65_535) return refuse("a port is a number from 1 to 65535");
  const address = addressOf(host, Number(port)) ?? addressOf(await lookUp(host), Number(port));
  if (address === undefined) return refuse(`no host is called ${host}`);
  if (!isUsable(address)) return refuse(`nobody can be reached at ${host}: say an address of that machine itself`);
  return address;
}

/** The IP address of a host by its name; empty where there is none. */
async function lookUp(name: string): Promise<string> {
  try {
    // Peers bind 127.0.0.1 by default, so a name that means both families means that one.
    const { address } = await lookup(name, { verbatim: false });
    return address;
  } catch {
    return "";
  }
}
