import { InterfaceCommands } from "./interface-commands.ts";
import type { Tools } from "./tools.ts";

/** An address as an interface has it. */
interface Presence {
  readonly device: string;
  /** The kernel still asks whether anybody else has it. */
  readonly isTentative: boolean;
  /** Somebody else has. */
  readonly isDuplicate: boolean;
}

/** The first interface with an address in what `ip -j address show to` says; null where none has it. */
export function deviceOf(json: string): Presence | null {
  for (const entry of parsed(json)) {
    const { ifname, addr_info: addresses } = entry;
    if (typeof ifname !== "string" || !Array.isArray(addresses)) continue;
    // Those that were not asked for are there as empty objects.
    const found = addresses.find((each: unknown) => isRecord(each) && "local" in each);
    if (!isRecord(found)) continue;
    return { device: ifname, isTentative: found.tentative === true, isDuplicate: found.dadfailed === true };
  }
  return null;
}

/**
 * The interface on whose network an address is.
 *
 * @param refuse throws what is shown where there is none
 */
export async function findDevice(host: string, tools: Tools, refuse: (because: string) => never): Promise<string> {
  // It may still be there from an earlier life.
  const owner = deviceOf((await tools.run(InterfaceCommands.owner(host))).stdout);
  if (owner !== null) return owner.device;
  const { stdout, failure } = await tools.run(InterfaceCommands.route(host));
  if (failure !== "") refuse(failure);
  const [route] = parsed(stdout);
  if (typeof route?.dev !== "string" || "gateway" in route)
    refuse(`no interface is on the network of ${host}: name one with --vip-interface`);
  return route.dev;
}

/** The objects that a list in JSON has; none where it is no such list. */
function parsed(json: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) ? list.filter(isRecord) : [];
  } catch {
    return [];
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
