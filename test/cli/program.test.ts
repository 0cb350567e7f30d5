import { CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Settings } from "../../src/cli/config/settings.ts";
import type { RunFlags } from "../../src/cli/flags.ts";
import { program } from "../../src/cli/program.ts";

const ran: RunFlags[] = [];
const asked: unknown[][] = [];
vi.mock("../../src/cli/run.ts", () => ({
  run: async ({ flags }: Settings) => {
    ran.push({ ...flags });
    return 0;
  },
}));
vi.mock("../../src/cli/status.ts", () => ({
  status: async (...words: unknown[]) => {
    asked.push(words);
    return 1;
  },
}));
vi.mock("../../src/cli/announce.ts", () => ({
  announce: async (...words: unknown[]) => {
    asked.push(words);
    return 1;
  },
}));
vi.mock("../../src/cli/client.ts", () => ({
  client: async (...words: unknown[]) => {
    asked.push(words);
    return 1;
  },
}));
vi.mock("../../src/cli/subscribe.ts", () => ({
  subscribe: async (...words: unknown[]) => {
    asked.push(words);
    return 1;
  },
}));
vi.mock("../../src/cli/replay.ts", () => ({
  replay: async (...words: unknown[]) => {
    asked.push(words);
    return 1;
  },
}));

let complaints = "";
beforeEach(() => {
  complaints = "";
  ran.length = 0;
  asked.length = 0;
  for (const name of Object.keys(process.env)) if (name.startsWith("P2P_NODE_")) vi.stubEnv(name, undefined);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
  vi.spyOn(process.stdout, "write").mockImplementation(() => true);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What `run` was given for this command line. */
async function flagsOf(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  await program(() => {}).parseAsync(["node", "p2p-node", ...words]);
  return { ...ran.at(-1) };
}

/** Why the command line was not understood. */
async function refusal(...words: readonly string[]): Promise<string> {
  const error = await program(() => {})
    .parseAsync(["node", "p2p-node", ...words])
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommanderError);
  expect((error as CommanderError).exitCode).not.toBe(0);
  expect(ran).toEqual([]);
  return complaints.split("\n")[0] ?? "";
}

describe("the flags of run", () => {
  test("have defaults that need no flag", async () => {
    expect(await flagsOf()).toEqual({ host: "127.0.0.1" });
    expect(await flagsOf("run")).toEqual({ host: "127.0.0.1" });
  });

  test("are all understood, with the command named or not", async () => {
    const words = [
      ...["--port", "7001", "--host", "::1", "--advertise", "10.0.0.7:7001", "--name", "one", "--data-dir", "none"],
      ...["--found", "--fresh", "--headless", "--verbose", "--ascii", "--seed", "42", "--remote-faults", "off"],
      ...["--api", "127.0.0.1:7100", "--strict-api", "--gossip-dialect", "revised", "--bootstrapper", "a:1"],
      ...["--degree", "5", "--cache-size", "100", "--cache-bytes", "1MiB", "--validation-timeout", "250"],
      ...["--max-connections", "99"],
    ];
    const flags = {
      ...{ port: 7001, host: "::1", advertise: "10.0.0.7:7001", name: "one", dataDir: "none" },
      ...{ found: true, fresh: true, headless: true, verbose: true, ascii: true, seed: 42, remoteFaults: "off" },
      ...{ api: "127.0.0.1:7100", strictApi: true, gossipDialect: "revised", bootstrapper: "a:1" },
      ...{ degree: 5, cacheSize: 100, cacheBytes: 1_048_576, validationTimeout: 250, maxConnections: 99 },
    };
    expect(await flagsOf(...words)).toEqual(flags);
    expect(await flagsOf("run", ...words)).toEqual(flags);
  });

  test.each([
    [["--join", "a:1"], ["a:1"]],
    [
      ["--join", "a:1", "b:2"],
      ["a:1", "b:2"],
    ],
    [
      ["--join", "a:1", "--join", "b:2"],
      ["a:1", "b:2"],
    ],
    [
      ["--join", "a:1,b:2", "--join", "c:3"],
      ["a:1", "b:2", "c:3"],
    ],
    [["--join", ",a:1,,"], ["a:1"]],
  ])("%j names several to join", async (words, join) => {
    expect((await flagsOf(...words)).join).toEqual(join);
  });

  test.each(["70000", "-1", "7001.5", "0x1b59", "7e3", " 7001", "", "seven"])("--port %j is refused", async (port) => {
    expect(await refusal(`--port=${port}`)).toMatch(/^error: option '--port <port>' .* a port is a number/);
  });

  test.each(["-1", "1.5", "9007199254740992", "x"])("--seed %j is refused", async (seed) => {
    expect(await refusal(`--seed=${seed}`)).toMatch(/a seed is a whole number from 0 to 2\^53 - 1/);
  });

  test("--name may have 64 bytes of UTF-8 and no more", async () => {
    expect((await flagsOf("--name", "é".repeat(32))).name).toBe("é".repeat(32));
    ran.length = 0;
    expect(await refusal("--name", `${"é".repeat(32)}x`)).toMatch(/64 bytes of UTF-8/);
  });

  test.each([
    ["65536", 65_536],
    ["65536B", 65_536],
    ["64KiB", 65_536],
    ["500kb", 500_000],
    ["32 MiB", 33_554_432],
    ["1GB", 1e9],
    ["4GiB", 4_294_967_296],
  ])("--cache-bytes %j is %i bytes", async (size, bytes) => {
    expect((await flagsOf("--cache-bytes", size)).cacheBytes).toBe(bytes);
  });

  test.each([
    ["--cache-bytes", "65535", /a size is from 64KiB to 4GiB, such as 32MiB, 500KB, or bytes alone/],
    ["--cache-bytes", "4294967297", /a size is/],
    ["--cache-bytes", "1.5MiB", /a size is/],
    ["--cache-bytes", "1TiB", /a size is/],
    ["--degree", "0", /a degree is a whole number from 1 to 64/],
    ["--degree", "65", /a degree is/],
    ["--cache-size", "1048577", /a cache size is a whole number from 1 to 1048576/],
    ["--validation-timeout", "1s", /a timeout in ms is a whole number from 1 to 3600000/],
    ["--max-connections", "0", /a number of connections is a whole number from 1 to 65535/],
    ["--gossip-dialect", "modern", /Allowed choices are classic, revised/],
    ["--config", "", /a path has one character at least/],
  ])("%s %s is refused", async (flag, value, says) => {
    expect(await refusal(`${flag}=${value}`)).toMatch(says);
  });

  test.each([
    [["--prot", "7001"], /unknown option '--prot'/],
    [["--port"], /argument missing/],
    [["frobnicate"], /unknown command|too many arguments/],
    [["run", "extra"], /too many arguments/],
    [["status"], /missing required argument/],
    [["status", "1", "2"], /too many arguments/],
    [["replay"], /missing required argument 'file'/],
    [["replay", "a", "b"], /too many arguments/],
    [["announce", "7001", "data"], /required option '--type <number>' not specified/],
    [["announce", "7001", "--type", "65536"], /a data type is a whole number from 0 to 65535/],
    [["announce", "7001", "--type", "1", "--ttl", "256"], /a TTL is a whole number from 0 to 255/],
    [["client"], /missing required argument 'host:port'/],
    [["client", "7001", "--timeout", "0"], /a timeout in seconds is a whole number from 1 to 3600/],
    [["subscribe", "7001"], /required option '--type <number>' not specified/],
    [["subscribe", "7001", "--type", "1", "--type", "x"], /a data type is/],
    [["subscribe", "7001", "--type", "1", "--count", "0"], /a count is a whole number from 1/],
    [["subscribe", "7001", "--type", "1", "--reject", "("], /Invalid regular expression/],
  ])("%j is wrong usage", async (words, says) => {
    expect(await refusal(...words)).toMatch(says);
  });
});

describe("variables of the environment", () => {
  const withVariables = (variables: Readonly<Record<string, string>>): void => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(`P2P_NODE_${name}`, value);
  };

  test("stand for every flag, under the flag's name", async () => {
    withVariables({ PORT: "7001", HOST: "::1", ADVERTISE: "10.0.0.7:7001", JOIN: "a:1,b:2", NAME: "one" });
    withVariables({
      DATA_DIR: "/tmp/x",
      FOUND: "1",
      FRESH: "true",
      HEADLESS: "yes",
      VERBOSE: "1",
      ASCII: "1",
      SEED: "42",
    });
    expect(await flagsOf()).toEqual({
      ...{ port: 7001, host: "::1", advertise: "10.0.0.7:7001", join: ["a:1", "b:2"], name: "one" },
      ...{ dataDir: "/tmp/x", found: true, fresh: true, headless: true, verbose: true, ascii: true, seed: 42 },
    });
  });

  test("give way to the command line", async () => {
    withVariables({ PORT: "7001", NAME: "one" });
    expect(await flagsOf("--port", "7002")).toMatchObject({ port: 7002, name: "one" });
    expect(await flagsOf("run", "--port", "7003")).toMatchObject({ port: 7003, name: "one" });
  });

  test.each(["0", "false", "no", "off", "FALSE", ""])("switch nothing on by saying %j", async (value) => {
    withVariables({ FRESH: value, FOUND: value, HEADLESS: value });
    for (const flags of [await flagsOf(), await flagsOf("run")]) {
      expect([flags.fresh, flags.found, flags.headless]).toEqual([undefined, undefined, undefined]);
    }
    expect((await flagsOf("--fresh")).fresh).toBe(true);
  });

  test("with a bad value are refused by name", async () => {
    withVariables({ PORT: "70000" });
    expect(await refusal()).toMatch(/P2P_NODE_PORT.*a port is a number/);
  });
});

describe("status", () => {
  test("takes an address and a switch, and its exit code is passed on", async () => {
    const codes: number[] = [];
    await program((code) => codes.push(code)).parseAsync(["node", "p2p-node", "status", "7001"]);
    await program((code) => codes.push(code)).parseAsync(["node", "p2p-node", "status", "[::1]:7001", "--json"]);
    expect(asked).toEqual([
      ["7001", false],
      ["[::1]:7001", true],
    ]);
    expect(codes).toEqual([1, 1]);
  });
});

describe("replay", () => {
  test("takes a file and a switch, and its exit code is passed on", async () => {
    const codes: number[] = [];
    await program((code) => codes.push(code)).parseAsync(["node", "p2p-node", "replay", "a file"]);
    await program((code) => codes.push(code)).parseAsync(["node", "p2p-node", "replay", "a file", "--json"]);
    expect(asked).toEqual([
      ["a file", false],
      ["a file", true],
    ]);
    expect(codes).toEqual([1, 1]);
  });
});

describe("client", () => {
  test("takes addresses and flags, and its exit code is passed on", async () => {
    const codes: number[] = [];
    await program((code) => codes.push(code)).parseAsync(["node", "p2p-node", "client", "7001,7002", "[::1]:7003"]);
    await program((code) => codes.push(code)).parseAsync([
      "node",
      "p2p-node",
      "client",
      "1",
      "--json",
      "--timeout",
      "3",
    ]);
    expect(asked).toEqual([
      [["7001", "7002", "[::1]:7003"], { timeout: 10 }],
      [["1"], { json: true, timeout: 3 }],
    ]);
    expect(codes).toEqual([1, 1]);
  });
});

describe("announce and subscribe", () => {
  test("take an address, types and switches, and their exit codes are passed on", async () => {
    const codes: number[] = [];
    const parse = (...words: readonly string[]) =>
      program((code) => codes.push(code)).parseAsync(["node", "p2p-node", ...words]);
    await parse("announce", "7001", "--type", "1337", "some data");
    await parse("announce", "--type", "1", "--ttl", "4", "--lines", "--hex", "[::1]:7001", "-");
    await parse("subscribe", "--type", "2", "--type", "1", "--type", "2", "7001");
    await parse("subscribe", "7001", "--type", "1", "--reject", "a|b", "--json", "--count", "3");
    expect(asked).toEqual([
      ["7001", "some data", { type: 1337, ttl: 0 }],
      ["[::1]:7001", "-", { type: 1, ttl: 4, lines: true, hex: true }],
      ["7001", { type: [2, 1] }],
      ["7001", { type: [1], reject: /a|b/, json: true, count: 3 }],
    ]);
    expect(codes).toEqual([1, 1, 1, 1]);
  });
});

describe("help", () => {
  test("names every flag with its variable", () => {
    const help = program(() => {}).helpInformation();
    for (const flag of [
      "port",
      "host",
      "advertise",
      "join",
      "name",
      "found",
      "fresh",
      "headless",
      "verbose",
      "ascii",
      "seed",
      "data-dir",
      "config",
      "api",
      "strict-api",
      "gossip-dialect",
      "bootstrapper",
      "degree",
      "cache-size",
      "cache-bytes",
      "validation-timeout",
      "max-connections",
    ]) {
      expect(help).toContain(`--${flag}`);
      expect(help).toContain(`P2P_NODE_${flag.toUpperCase().replaceAll("-", "_")}`);
    }
  });
});
