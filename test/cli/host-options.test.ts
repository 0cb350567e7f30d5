import { describe, expect, test } from "vitest";
import type { Origin } from "../../src/cli/config/settings.ts";
import type { RunFlags } from "../../src/cli/flags.ts";
import { hostOptions } from "../../src/cli/host-options.ts";
import { StartError } from "../../src/runtime/start-error.ts";

/** What a peer is started with, where these are set by flags and nothing else is. */
function optionsOf(flags: Partial<RunFlags>, origins: Readonly<Record<string, Origin>> = {}) {
  const byFlag = Object.keys(flags).map((name): [string, Origin] => [name, { from: "flag", flag: `--${name}` }]);
  return hostOptions({
    flags: { host: "127.0.0.1", ...flags },
    origins: new Map([...byFlag, ...Object.entries(origins)]),
  });
}

describe("what a peer is started with", () => {
  test("is as usual where nothing is set", async () => {
    expect(await optionsOf({})).toMatchObject({
      ...{ host: "127.0.0.1", port: null, advertise: null, name: "", seeds: [], found: false, fresh: false },
      ...{ seed: null, remoteFaults: null, api: null, maxConnections: null },
    });
    expect((await optionsOf({})).tuning).toEqual({ notification: {} });
  });

  test("tunes what is set of notification, and nothing else", async () => {
    const flags = { degree: 3, cacheSize: 7, cacheBytes: 65_536, validationTimeout: 250, strictApi: true } as const;
    expect((await optionsOf(flags)).tuning).toEqual({
      notification: { degree: 3, cacheSize: 7, cacheBytes: 65_536, validationTimeoutMs: 250, strict: true },
    });
    expect((await optionsOf({ degree: 3 })).tuning).toEqual({ notification: { degree: 3 } });
  });

  test("listens for programs where --api says, and has as many connections as are set", async () => {
    expect(await optionsOf({ api: "[::1]:7100", maxConnections: 12 })).toMatchObject({
      api: "[::1]:7100",
      maxConnections: 12,
    });
  });

  test("asks a bootstrapper to join as well, but not one of another network", async () => {
    const flags = { join: ["127.0.0.1:1", "2"], bootstrapper: "127.0.0.1:3" };
    expect((await optionsOf(flags)).seeds).toEqual(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]);
    const revised = await optionsOf({ ...flags, gossipDialect: "revised" });
    expect(revised).toMatchObject({
      seeds: ["127.0.0.1:1", "127.0.0.1:2"],
      tuning: { foreign: { dialect: "revised", bootstrapper: "127.0.0.1:3" } },
    });
    const advertised = await optionsOf({ ...flags, gossipDialect: "revised", host: "::1", advertise: "127.0.0.1:4" });
    expect(advertised.tuning).toEqual(revised.tuning);
  });

  test.each([
    [{ host: "0.0.0.0" }, "--host 0.0.0.0 needs --advertise HOST:PORT: the address at which others reach this peer"],
    [{ host: "::" }, "--host :: needs --advertise HOST:PORT: the address at which others reach this peer"],
    [{ host: "here" }, "--host here: an IP address is needed, such as 127.0.0.1 or ::1"],
    [{ join: ["7001", "x"] }, "--join x: an address is host:port, such as 127.0.0.1:7001 or [::1]:7001"],
    [{ api: "1:2:3" }, "--api 1:2:3: an address is host:port, such as 127.0.0.1:7001 or [::1]:7001"],
    [
      { host: "::1", gossipDialect: "revised", bootstrapper: "127.0.0.1:3" } as const,
      "--bootstrapper 127.0.0.1:3: the revised dialect needs an IPv4 address of this peer, by --host or --advertise",
    ],
    [{ advertise: "127.0.0.1:0" }, "--advertise 127.0.0.1:0: a port is a number from 1 to 65535"],
  ])("is refused of %j in one line", async (flags, says) => {
    await expect(optionsOf(flags)).rejects.toThrow(new StartError(says));
  });

  test("is refused by the name of where it was set", async () => {
    const inFile = { from: "file", file: "a.ini", line: 3, key: "bootstrapper" } as const;
    await expect(optionsOf({ bootstrapper: "x" }, { bootstrapper: inFile })).rejects.toThrow(
      /^a\.ini:3: bootstrapper x: /,
    );
    const inEnvironment = { from: "environment", variable: "P2P_NODE_JOIN" } as const;
    await expect(optionsOf({ join: ["x"] }, { join: inEnvironment })).rejects.toThrow(/^P2P_NODE_JOIN x: /);
  });
});
