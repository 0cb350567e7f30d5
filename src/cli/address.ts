import { lookup } from "node:dns/promises";
import { type Address, addressOf } from "../core/address.ts";
import { StartError } from "../runtime/start-error.ts";

/**
 * The address that a person means: `127.0.0.1:7001`, `[::1]:7001`, `localhost:7001`, or a port alone for this machine.
 *
 * @param flag what to name in the error
 * @throws StartError with one line that says what is wrong and what would be right
 */
export async function resolveAddress(text: string, flag: string): Promise<Address> {
  const [, bracketed, name, port] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined) throw new StartError(`${flag} ${text}: an address is host:port, such as 127.0.0.1:7001`);
  const host = bracketed ?? (name === undefined || name === "" ? "127.0.0.1" : name);
  const literal = addressOf(host, Number(port)) ?? addressOf(await resolveName(host, text, flag), Number(port));
  if (literal === undefined) throw new StartError(`${flag} ${text}: a port is a number from 1 to 65535`);
  return literal;
}

async function resolveName(host: string, text: string, flag: string): Promise<string> {
  try {
    // Peers bind 127.0.0.1 by default, so a name that means both families means that one.
    const { address } = await lookup(host, { verbatim: false });
    return address;
  } catch {
    throw new StartError(`${flag} ${text}: no host is called ${host}`);
  }
}
