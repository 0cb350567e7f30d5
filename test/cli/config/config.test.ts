import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { program } from "../../../src/cli/program.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

let printed = "";
let complaints = "";
beforeEach(() => {
  printed = "";
  complaints = "";
  for (const name of Object.keys(process.env)) if (name.startsWith("P2P_NODE_")) vi.stubEnv(name, undefined);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Where a file with this content is. */
function fileOf(content: string | Buffer): string {
  const file = join(directory, "peer.ini");
  writeFileSync(file, content);
  return file;
}

interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly from: string;
  readonly line?: number;
  readonly variable?: string;
}

/** What `config --json` says for these words, by name. */
async function config(...words: readonly string[]): Promise<ReadonlyMap<string, Row>> {
  printed = "";
  expect(await codeOf(...words, "--json")).toBe(0);
  const { settings } = JSON.parse(printed) as { readonly settings: readonly Row[] };
  return new Map(settings.map((row) => [row.name, row]));
}

/** The exit code of `config` with these words. */
async function codeOf(...words: readonly string[]): Promise<number | undefined> {
  let code: number | undefined;
  await program((ended) => {
    code = ended;
  }).parseAsync(["node", "p2p-node", "config", ...words]);
  return code;
}

/** Why a file with these lines is not taken: all that is said, without the name of the file. */
async function refusal(...lines: readonly string[]): Promise<string> {
  const file = fileOf(lines.join("\n"));
  expect(await codeOf("-c", file)).toBe(2);
  expect(printed).toBe("");
  expect(complaints).toMatch(/^p2p-node: .*\n$/);
  return complaints.trimEnd().replace(`p2p-node: ${file}:`, "");
}

const GOSSIP = [
  "hostkey = /etc/hostkey.pem",
  "[gossip]",
  "cache_size = 50",
  "degree = 5",
  "bootstrapper = 127.0.0.1:6001",
  "p2p_address = [::1]:6002",
  "api_address = 127.0.0.1:6003",
  "max_connections = 99",
];

describe("a configuration file", () => {
  test("sets what it says in [gossip], and config names the line of each", async () => {
    const rows = await config("-c", fileOf(GOSSIP.join("\r\n")));
    const inFile = [...rows.values()].filter(({ from }) => from === "file");
    expect(Object.fromEntries(inFile.map(({ name, value, line }) => [name, [value, line]]))).toEqual({
      hostkey: ["/etc/hostkey.pem", 1],
      "cache-size": [50, 3],
      degree: [5, 4],
      bootstrapper: ["127.0.0.1:6001", 5],
      host: ["::1", 6],
      port: [6002, 6],
      api: ["127.0.0.1:6003", 7],
      "max-connections": [99, 8],
    });
  });

  test("may set every flag of run in [p2p-node], with either spelling", async () => {
    const set = {
      ...{ port: 7009, host: "::1", advertise: "10.0.0.7:7001", name: "ada", "data-dir": "/tmp/x", seed: 42 },
      ...{ found: true, fresh: true, headless: true, verbose: true, ascii: true, "remote-faults": "off" },
      ...{ api: "127.0.0.1:7100", "strict-api": true, "gossip-dialect": "revised", bootstrapper: "127.0.0.1:7101" },
      ...{ degree: 64, "cache-size": 1, "cache-bytes": 65_536, "validation-timeout": 250, "max-connections": 12 },
      ...{ reads: "lease", "keep-versions": 3, election: "fixed", leader: "[::1]:7009", priority: 7 },
      ...{ broadcast: "zab", mutex: "raymond" },
      ...{ vip: "127.0.0.77:7100", "vip-driver": "dry-run", "vip-interface": "eth0", "no-worker": true },
    };
    for (const spell of [String, (key: string) => key.toUpperCase().replaceAll("-", "_")]) {
      const lines = Object.entries(set).map(([key, value]) => `${spell(key)} = ${value}`);
      const lists = ["join = 127.0.0.1:1, 127.0.0.1:2", "ensemble = [::1]:7009, [::1]:7010"];
      const rows = await config("-c", fileOf(["[P2P-Node]", ...lines, ...lists].join("\n")));
      for (const [name, value] of Object.entries(set)) expect(rows.get(name)).toMatchObject({ value, from: "file" });
      expect(rows.get("join")).toMatchObject({ value: ["127.0.0.1:1", "127.0.0.1:2"], line: 34 });
      expect(rows.get("ensemble")).toMatchObject({ value: ["[::1]:7009", "[::1]:7010"], line: 35 });
      const missing = [...rows.values()].filter(({ from }) => from !== "file").map(({ name }) => name);
      expect(missing).toEqual(["config", "hostkey"]);
    }
  });

  test("is beaten by the environment, which is beaten by flags", async () => {
    vi.stubEnv(
      "P2P_NODE_CONFIG",
      fileOf(["[p2p-node]", "port = 7001", "name = a", "degree = 3", "found = on"].join("\n")),
    );
    vi.stubEnv("P2P_NODE_PORT", "7002");
    vi.stubEnv("P2P_NODE_NAME", "b");
    vi.stubEnv("P2P_NODE_FOUND", "no");
    const rows = await config("--port", "7003");
    expect(rows.get("port")).toMatchObject({ value: 7003, from: "flag" });
    expect(rows.get("name")).toMatchObject({ value: "b", from: "environment", variable: "P2P_NODE_NAME" });
    expect(rows.get("found")).toMatchObject({ value: false, from: "environment" });
    expect(rows.get("degree")).toMatchObject({ value: 3, from: "file", line: 4 });
    expect(rows.get("cache-size")).toMatchObject({ value: 16_384, from: "default" });
    expect(rows.get("config")).toMatchObject({ from: "environment", variable: "P2P_NODE_CONFIG" });
  });

  test("may begin with a mark of the byte order", async () => {
    const rows = await config("-c", fileOf("\ufeff[gossip]\ndegree = 7"));
    expect(rows.get("degree")).toMatchObject({ value: 7, line: 2 });
  });

  test("may switch off what is off", async () => {
    const rows = await config("-c", fileOf("[p2p-node]\nfound = off"));
    expect(rows.get("found")).toMatchObject({ value: false, from: "file", line: 2 });
  });

  test.each([
    [["[gossip]", "cache_sise = 3"], "2: there is no cache_sise in [gossip]; did you mean cache_size?"],
    [["[p2p-node]", "", "prot = 3"], "3: there is no prot in [p2p-node]; did you mean port?"],
    [["port = 3"], "1: there is no port before any section; what there is: hostkey"],
    [["host_key = x"], "1: there is no host_key before any section; did you mean hostkey?"],
    [["[gossip]", "__proto__ = 3"], /^2: there is no __proto__ in \[gossip\]; /],
    [["[p2p-node]", "config = x.ini"], /^2: there is no config in \[p2p-node\]; /],
    [["[gossip]", "degree = 65"], "2: degree = 65: a degree is a whole number from 1 to 64."],
    [["[gossip]", "degree ="], "2: degree = : a degree is a whole number from 1 to 64."],
    [["[gossip]", "cache_size = 0"], "2: cache_size = 0: a cache size is a whole number from 1 to 1048576."],
    [["[gossip]", "p2p_address = ::1"], /^2: p2p_address = ::1: an address is host:port/],
    [["[gossip]", "p2p_address = 1.2.3.4:x"], /^2: p2p_address = 1\.2\.3\.4:x: a port is a number/],
    [["[p2p-node]", "port = 70000"], /^2: port = 70000: a port is a number from 1 to 65535, or 0/],
    [["[p2p-node]", "found = maybe"], "2: found = maybe: a switch is on or off."],
    [["[p2p-node]", "remote_faults = of"], "2: remote_faults = of: Allowed choices are on, off."],
    [["[p2p-node]", "cache-bytes = 1"], /^2: cache-bytes = 1: a size is from 64KiB to 4GiB/],
    [["hostkey ="], "1: hostkey = : a path has one character at least, and no NUL."],
    [
      ["[gossip]", "degree = 3", "degree = 4"],
      "3: degree in line 3 and degree in line 2 set the same: keep one of them",
    ],
    [
      ["[gossip]", "cache_size = 3", "[p2p-node]", "cache-size = 3"],
      "4: cache-size in line 4 and cache_size in line 2 set the same: keep one of them",
    ],
    [
      ["[p2p-node]", "port = 7001", "[gossip]", "p2p_address = [::1]:7001"],
      "4: p2p_address in line 4 and port in line 2 set the same: keep one of them",
    ],
    [["[gossip]", "degree = \x1b[31m\u202e"], /^2: degree = \\u\{1b\}\[31m\\u\{202e\}: a degree/],
    [["[gossip]", "\x1b = 1"], /^2: there is no \\u\{1b\} in/],
  ])("%j is an error that names line and remedy", async (lines, says) => {
    const said = await refusal(...lines);
    if (typeof says === "string") expect(said).toBe(says);
    else expect(said).toMatch(says);
  });

  test.each([
    ["that is missing", () => join(directory, "nowhere"), /^p2p-node: cannot read the configuration file .*ENOENT/],
    ["that is a directory", () => directory, /^p2p-node: cannot read the configuration file .*EISDIR/],
    ["of more than 64 KiB", () => fileOf(";".repeat(65_537)), /peer\.ini has more than 65536 bytes/],
    ["that is not UTF-8", () => fileOf(Buffer.from([0xff, 0xfe, 0x5b])), /peer\.ini is not UTF-8/],
  ])("%s is one line and exit code 1", async (_what, file, says) => {
    expect(await codeOf("--config", file())).toBe(1);
    expect(complaints).toMatch(says);
    expect(complaints.trimEnd()).not.toContain("\n");
  });

  test("of 64 KiB is read", async () => {
    expect(await codeOf("--config", fileOf(`${";".repeat(65_535)}\n`))).toBe(0);
  });
});

describe("the example in the README", () => {
  test("is a configuration file, and config says of it what stands there", async () => {
    const readme = readFileSync("README.md", "utf8");
    const [, example = ""] = /```ini\n(.*?)```/s.exec(readme) ?? [];
    const [, table = ""] = /\nSETTING .*?\n(.*?)\n\.\.\./s.exec(readme) ?? [];
    vi.stubEnv("P2P_NODE_NAME", "bob");
    const file = fileOf(example);
    expect(await codeOf("--config", file, "--degree", "3")).toBe(0);
    const cellsOf = (line: string) => line.replaceAll(file, "peer.ini").split(/ {2,}/);
    const printedRows = printed.split("\n").map(cellsOf);
    const rows = table.split("\n").map(cellsOf);
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(printedRows).toContainEqual(row);
  });
});

describe("config", () => {
  test("is a table for people: setting, value and where it comes from, one below the other", async () => {
    const file = fileOf("[gossip]\ndegree = 5");
    vi.stubEnv("P2P_NODE_NAME", "\x1b[2Jada");
    expect(await codeOf("-c", file, "--port", "7001", "--fresh")).toBe(0);
    const lines = printed.trimEnd().split("\n");
    const [value = -1, from = -1] = ["VALUE", "FROM"].map((column) => lines[0]?.indexOf(column));
    const cells = lines.map((line) => [line.slice(0, value).trim(), line.slice(value, from).trim(), line.slice(from)]);
    expect(cells).toContainEqual(["port", "7001", "--port"]);
    expect(cells).toContainEqual(["degree", "5", `${file}:2`]);
    expect(cells).toContainEqual(["name", "\\u{1b}[2Jada", "environment P2P_NODE_NAME"]);
    expect(cells).toContainEqual(["fresh", "on", "--fresh"]);
    expect(cells).toContainEqual(["found", "off", "default"]);
    expect(cells).toContainEqual(["host", "127.0.0.1", "default"]);
  });

  test.each([
    [["--host", "0.0.0.0"], /^p2p-node: --host 0\.0\.0\.0 needs --advertise/],
    [["--host", "localhost"], /^p2p-node: --host localhost: an IP address is needed/],
    [["--api", "0.0.0.0:7100"], /^p2p-node: --api 0\.0\.0\.0:7100: nobody can be reached at/],
    [["--bootstrapper", "nowhere"], /^p2p-node: --bootstrapper nowhere: an address is host:port/],
  ])("says what run would refuse of %j, after the table", async (words, says) => {
    expect(await codeOf(...words)).toBe(1);
    expect(printed).toContain("SETTING");
    expect(complaints).toMatch(says);
  });

  test("names the line of what run would refuse in a file, and the variable of what it would in the environment", async () => {
    const file = fileOf("[gossip]\napi_address = nowhere");
    expect(await codeOf("-c", file)).toBe(1);
    expect(complaints).toContain(`p2p-node: ${file}:2: api_address nowhere: an address is host:port`);
    vi.stubEnv("P2P_NODE_API", "nobody");
    expect(await codeOf("-c", file)).toBe(1);
    expect(complaints).toContain("p2p-node: P2P_NODE_API nobody: an address is host:port");
  });

  test("prints for programs what, put into a file, comes out again", async () => {
    const address = fc.integer({ min: 1, max: 65_535 }).map((port) => `127.0.0.1:${port}`);
    const name = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !/["\r\n]/.test(text));
    const drawn = fc.record(
      {
        port: fc.integer({ min: 0, max: 65_535 }),
        name: name.filter((text) => Buffer.byteLength(text) <= 64),
        join: fc.array(address, { maxLength: 3 }),
        found: fc.boolean(),
        seed: fc.maxSafeNat(),
        api: address,
        "gossip-dialect": fc.constantFrom("classic", "revised"),
        degree: fc.integer({ min: 1, max: 64 }),
        "cache-bytes": fc.integer({ min: 65_536, max: 2 ** 32 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(drawn, async (settings) => {
        const set = Object.entries(settings);
        const lines = set.map(([key, value]) => `${key} = "${String(value)}"`);
        const rows = await config("-c", fileOf(["[p2p-node]", ...lines].join("\n")));
        for (const [key, value] of set) expect(rows.get(key)).toMatchObject({ value, from: "file" });
        expect([...rows.values()].filter(({ from }) => from === "file")).toHaveLength(set.length);
      }),
      { numRuns: 50 },
    );
  });
});
