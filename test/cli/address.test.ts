import { describe, expect, test, vi } from "vitest";
import { resolveAddress } from "../../src/cli/address.ts";
import { StartError } from "../../src/runtime/start-error.ts";

const KNOWN: Readonly<Record<string, string>> = {
  localhost: "127.0.0.1",
  "six.example": "2001:db8::6",
  "zone.example": "fe80::1%eth0",
  "any.example": "0.0.0.0",
};
const asked: string[] = [];
vi.mock("node:dns/promises", () => ({
  lookup: async (name: string) => {
    asked.push(name);
    const address = KNOWN[name];
    if (address === undefined) throw new Error(`getaddrinfo ENOTFOUND ${name}`);
    return { address, family: address.includes(":") ? 6 : 4 };
  },
}));

describe("an address as a person says it", () => {
  test.each([
    ["127.0.0.1:7001", "127.0.0.1:7001"],
    ["10.0.0.7:1", "10.0.0.7:1"],
    ["[::1]:7001", "[::1]:7001"],
    ["[2001:DB8::0:1]:65535", "[2001:db8::1]:65535"],
    ["[::ffff:10.0.0.7]:7001", "10.0.0.7:7001"],
    ["7001", "127.0.0.1:7001"],
    [":7001", "127.0.0.1:7001"],
    ["localhost:7001", "127.0.0.1:7001"],
    ["six.example:7001", "[2001:db8::6]:7001"],
    ["127.0.0.1:07001", "127.0.0.1:7001"],
  ])("%s is %s", async (text, address) => {
    expect(await resolveAddress(text, "--join")).toBe(address);
  });

  test.each([
    ["", "an address is host:port"],
    ["nowhere", "an address is host:port"],
    ["127.0.0.1", "an address is host:port"],
    ["127.0.0.1:", "an address is host:port"],
    ["127.0.0.1:http", "an address is host:port"],
    ["127.0.0.1:-1", "an address is host:port"],
    ["127.0.0.1:7001 ", "an address is host:port"],
    ["::1:7001", "an address is host:port"],
    ["[]:7001", "an address is host:port"],
    ["[127.0.0.1]:7001", "an address is host:port"],
    ["[localhost]:7001", "an address is host:port"],
    ["http://127.0.0.1:7001", "an address is host:port"],
    ["127.0.0.1:0", "a port is a number from 1 to 65535"],
    ["127.0.0.1:65536", "a port is a number from 1 to 65535"],
    ["localhost:99999", "a port is a number from 1 to 65535"],
    ["0", "a port is a number from 1 to 65535"],
    ["nobody.example:7001", "no host is called nobody.example"],
    ["256.0.0.1:7001", "no host is called 256.0.0.1"],
    ["zone.example:7001", "no host is called zone.example"],
    ["0.0.0.0:7001", "nobody can be reached at 0.0.0.0"],
    ["[::]:7001", "nobody can be reached at ::"],
    ["224.0.0.1:7001", "nobody can be reached at 224.0.0.1"],
    ["any.example:7001", "nobody can be reached at any.example"],
  ])("%j is refused in one line: %s", async (text, reason) => {
    const refusal = await resolveAddress(text, "--join").catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StartError);
    const { message } = refusal as StartError;
    expect(message).toContain(`--join ${text}: ${reason}`);
    expect(message).not.toContain("\n");
  });

  test("is looked up by name only where it is a name", async () => {
    asked.length = 0;
    await resolveAddress("127.0.0.1:7001", "--join");
    await resolveAddress("[]:7001", "--join").catch(() => {});
    await resolveAddress("localhost:0", "--join").catch(() => {});
    expect(asked).toEqual([]);
  });
});
