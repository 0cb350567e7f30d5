declare const brand: unique symbol;

const DIGIT_0 = 0x30;

/** Where a peer listens, canonical: `127.0.0.1:7001` or `[::1]:7001`. An IP literal and a port from 1 to 65535. */
export type Address = string & { readonly [brand]: "Address" };

/** An IP address as bytes (4 or 16 of them, network order) and a port. */
export interface Endpoint {
  readonly ip: Uint8Array;
  readonly port: number;
}

/** Parses `host:port` where host is an IPv4 literal or a bracketed IPv6 literal; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const colon = text.lastIndexOf(":");
  const port = parsePort(text.slice(colon + 1));
  if (colon < 0 || port === undefined) return undefined;
  const host = text.slice(0, colon);
  const bracketed = host.startsWith("[") && host.endsWith("]");
  const ip = bracketed ? parseIpv6(host.slice(1, -1)) : parseIpv4(host);
  return ip === undefined ? undefined : formatAddress({ ip, port });
}

/** Joins an IP literal and a port to an address; undefined where the literal is none or the port is out of range. */
export function addressOf(host: string, port: number): Address | undefined {
  return parseAddress(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
}

/** The IP literal of an address, without brackets. */
export function hostOf(address: Address): string {
  const host = address.slice(0, address.lastIndexOf(":"));
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

/** The port of an address. */
export function portOf(address: Address): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** An address as its wire parts. It is canonical, so nothing is checked; this runs for every ID of every message. */
export function endpointOf(address: Address): Endpoint {
  const port = portOf(address);
  if (!address.startsWith("[")) return { ip: ipv4Of(address), port };
  // An Address comes only from formatAddress, so its host always parses.
  return { ip: parseIpv6(hostOf(address)) ?? new Uint8Array(16), port };
}

/** The bytes of the IPv4 literal with which a canonical address begins. */
function ipv4Of(address: Address): Uint8Array {
  const ip = new Uint8Array(4);
  let at = 0;
  let byte = 0;
  for (let i = 0; at < 4; i++) {
    const digit = address.charCodeAt(i) - DIGIT_0;
    if (digit >= 0 && digit <= 9) {
      byte = byte * 10 + digit;
    } else {
      // A dot, or the colon behind the last byte.
      ip[at] = byte;
      at += 1;
      byte = 0;
    }
  }
  return ip;
}

/** The canonical text of an endpoint; an IPv4-mapped IPv6 address becomes the IPv4 one that it means. */
export function formatAddress(endpoint: Endpoint): Address {
  const { ip, port } = endpoint;
  if (ip.length === 4) return `${ip[0]}.${ip[1]}.${ip[2]}.${ip[3]}:${port}` as Address;
  const mapped = ip.subarray(0, 10).every((byte) => byte === 0) && ip[10] === 0xff && ip[11] === 0xff;
  if (mapped) return `${ip.subarray(12).join(".")}:${port}` as Address;
  return `[${formatIpv6(ip)}]:${port}` as Address;
}

/** Whether an address names this machine only. */
export function isLoopback(address: Address): boolean {
  const host = hostOf(address);
  return host === "::1" || host.startsWith("127.");
}

/** Whether a peer can be reached at an address: never unspecified, multicast, or broadcast. */
export function isUsable(address: Address): boolean {
  const { ip } = endpointOf(address);
  const unspecified = ip.every((byte) => byte === 0);
  const first = ip[0] ?? 0;
  const multicast = ip.length === 4 ? first >= 224 : first === 0xff;
  return !unspecified && !multicast;
}

function parsePort(text: string): number | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const decimal = parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return parts.length === 4 && decimal ? Uint8Array.from(parts, Number) : undefined;
}

/** RFC 4291 section 2.2, without zones. */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || text === "") return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = parseGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** The bytes of colon-separated groups; an IPv4 literal may stand last where the whole address ends. */
function parseGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    const ipv4 = atEnd && index === groups.length - 1 && group.includes(".") ? parseIpv4(group) : undefined;
    if (ipv4 !== undefined) bytes.push(...ipv4);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return undefined;
  }
  return bytes.length <= 16 ? bytes : undefined;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups shortened. */
function formatIpv6(ip: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (((ip[2 * i] ?? 0) << 8) | (ip[2 * i + 1] ?? 0)).toString(16));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}
