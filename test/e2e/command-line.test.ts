import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { GossipSocket } from "../support/gossip-socket.ts";
import { cleanEnvironment, Lab, PROGRAM } from "../support/processes.ts";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runProgram(flags: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const ended = spawnSync(process.execPath, [PROGRAM, ...flags], {
    encoding: "utf8",
    env: { ...cleanEnvironment(), ...env },
    timeout: 20_000,
  });
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

/** An error is one line that begins with the program's name. */
function expectOneLine({ stderr }: Ended, says: RegExp): void {
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(says);
}

describe("exit codes and errors", () => {
  test("--help and --version end well", () => {
    expect(runProgram(["--help"])).toMatchObject({ code: 0, stderr: "" });
    expect(runProgram(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([[["--prot", "7001"]], [["--port", "70000"]], [["--port"]], [["frobnicate"]], [["status"]]])(
    "wrong usage %j ends with 2 and says what is wrong",
    (flags) => {
      const ended = runProgram(flags);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toMatch(/^error: /);
    },
  );

  test("a bad address is one line and exit code 1", () => {
    const ended = runProgram(["--headless", "--data-dir", "none", "--port", "0", "--join", "nowhere"]);
    expect(ended.code).toBe(1);
    expectOneLine(ended, /^p2p-node: --join nowhere: an address is host:port/);
  });

  test("status of nobody is one line and exit code 1", async () => {
    const [port] = await freePorts(1);
    const ended = runProgram(["status", String(port)]);
    expect(ended.code).toBe(1);
    expectOneLine(ended, /^p2p-node: no status of 127\.0\.0\.1:\d+: .*Is a peer running there\?/);
  });

  test("a port in use is one line that says what to do", async () => {
    const [port = 0] = await freePorts(1);
    await lab.start(port, ["--found"]).event("listening");
    const ended = runProgram(["--headless", "--data-dir", "none", "--port", String(port)]);
    expect(ended.code).toBe(1);
    expectOneLine(ended, /^p2p-node: TCP port \d+ on 127\.0\.0\.1 is in use: .*--port/);
  });

  test("a configuration file that cannot be read is one line and exit code 1", () => {
    const ended = runProgram(["--headless", "--config", "/nowhere/peer.ini"]);
    expect(ended.code).toBe(1);
    expectOneLine(ended, /^p2p-node: cannot read the configuration file \/nowhere\/peer\.ini: ENOENT/);
  });

  test("a mistake in a configuration file is one line that names its line, and exit code 2", () => {
    const file = lab.file("peer.ini", "[gossip]\ndegree = 65\n");
    const ended = runProgram(["--headless"], { P2P_NODE_CONFIG: file });
    expect(ended.code).toBe(2);
    expectOneLine(ended, /peer\.ini:2: degree = 65: a degree is a whole number from 1 to 64\.$/m);
    expect(runProgram(["config"], { P2P_NODE_CONFIG: file })).toEqual(ended);
  });

  test("flags come from the environment too", () => {
    const ended = runProgram(["--headless", "--data-dir", "none"], { P2P_NODE_PORT: "70000" });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/P2P_NODE_PORT/);
  });
});

describe("p2p-node life", () => {
  test.each([
    ["nothing to play", [], /^p2p-node: life: say --pattern FILE to begin a job, or --job N/],
    ["two boards", ["--pattern", "x.rle", "--job", "1"], /^p2p-node: life: a job has its board already/],
    ["an end of nothing", ["--pattern", "x.rle", "--kill"], /^p2p-node: life: --kill needs --job N/],
    [
      "a pace of a job that goes",
      ["--job", "1", "--pace", "5"],
      /^p2p-node: life: --size, --turns, --pace and --plane/,
    ],
  ])("refuses %s", (_what, flags, says) => {
    const ended = runProgram(["life", "7001", ...flags]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expectOneLine(ended, says);
  });

  test.each([
    ["run lengths", "bad.rle", "x = 3, y = 1, rule = B3/S23\nb2oq!\n", /bad\.rle:2:4: /],
    ["another rule", "other.rle", "x = 3, y = 1, rule = B36/S23\nb2o!\n", /other\.rle:1:\d+: /],
    ["plaintext", "bad.cells", "!Name\n.O.\nO?O\n", /bad\.cells:3:2: /],
    ["a pattern that does not fit", "wide.cells", `${"O".repeat(17)}\n`, /wide\.cells: .*say a larger --size/],
  ])("says where %s is wrong before it asks anybody", (_what, name, text, says) => {
    const ended = runProgram(["life", "7001", "--size", "16", "--pattern", lab.file(name, text)]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expectOneLine(ended, says);
  });

  test("says what it cannot reach", () => {
    const unread = runProgram(["life", "7001", "--pattern", "no/such.rle"]);
    expect(unread.code).toBe(1);
    expectOneLine(unread, /^p2p-node: cannot read the pattern no\/such\.rle: /);
    const nonsense = runProgram(["life", "nonsense:x", "--job", "0"]);
    expect(nonsense.code).toBe(1);
    expectOneLine(nonsense, /^p2p-node: life nonsense:x: an address is host:port/);
  });
});

describe("a configuration file", () => {
  test("starts a peer as it says, and config tells the same", async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const file = lab.file("peer.ini", `[gossip]\np2p_address = 127.0.0.1:${other}\n[p2p-node]\nname = ada\n`);
    const flags = ["--config", file, "--found"];
    // What is said by flags counts more: the port, here.
    const peer = lab.start(port, flags);
    expect(await peer.event("listening")).toMatchObject({ name: "ada", address: `127.0.0.1:${port}` });
    const { code, stdout } = runProgram(["config", ...flags]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^port +${other} +.*peer\\.ini:2$`, "m"));
    expect(stdout).toMatch(/^name +ada +.*peer\.ini:4$/m);
    expect(stdout).toMatch(/^found +on +--found$/m);
  });

  test("says what [gossip] and [p2p-node] do; the environment beats it, and flags beat that", async () => {
    const [port = 0, api = 0, other = 0] = await freePorts(3);
    const text = `hostkey = /etc/hostkey.pem
      [gossip]
      p2p_address = 127.0.0.1:${port}
      api_address = 127.0.0.1:${api}
      cache_size = 50
      degree = 3
      bootstrapper = [::1]:${other}
      max_connections = 3
      [dht]
      anything = goes
      [p2p-node]
      gossip-dialect = revised
      strict-api = yes
      cache-bytes = 1MiB
      name = ada`;
    const file = lab.file("peer.ini", text);
    const flags = ["--degree", "5", "--name", "grace"];
    const environment = { P2P_NODE_CONFIG: file, P2P_NODE_DEGREE: "7", P2P_NODE_CACHE_SIZE: "60" };
    const { code, stdout } = runProgram(["config", ...flags], environment);
    expect(code).toBe(0);
    const rows = new Map(stdout.split("\n").map((line) => [/^\S*/.exec(line)?.[0], line.split(/ {2,}/).slice(1)]));
    expect(Object.fromEntries(rows)).toMatchObject({
      config: [file, "environment P2P_NODE_CONFIG"],
      hostkey: ["/etc/hostkey.pem", `${file}:1`],
      host: ["127.0.0.1", `${file}:3`],
      port: [String(port), `${file}:3`],
      api: [`127.0.0.1:${api}`, `${file}:4`],
      "cache-size": ["60", "environment P2P_NODE_CACHE_SIZE"],
      degree: ["5", "--degree"],
      bootstrapper: [`[::1]:${other}`, `${file}:7`],
      "max-connections": ["3", `${file}:8`],
      "gossip-dialect": ["revised", `${file}:12`],
      "strict-api": ["on", `${file}:13`],
      "cache-bytes": ["1048576", `${file}:14`],
      name: ["grace", "--name"],
      join: ["none", "default"],
    });
    const peer = lab.start(port, ["--config", file, "--found", ...flags]);
    expect(await peer.event("listening")).toMatchObject({ name: "grace", address: `127.0.0.1:${port}` });
    expect((await peer.status()).foreign).toMatchObject({ active: true, bootstrapper: `[::1]:${other}` });
    const program = await GossipSocket.to(api);
    program.socket.write(Buffer.from("000801f500000539000401f5", "hex"));
    expect(await program.ended()).toBe("reset");
    await peer.line(({ event, dataType }) => event === "type-subscribed" && dataType === 1337, "subscription");
  });
});

describe("the data directory", () => {
  test("is used by one process at a time; a lock left by kill -9 is taken over", async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const first = lab.start(port, ["--found"]);
    const { id } = await first.event("listening");
    const second = runProgram(["--headless", "--port", String(other), "--data-dir", lab.dataOf(port)]);
    expect(second.code).toBe(1);
    expectOneLine(second, /^p2p-node: data directory .* is in use by process \d+: .*--data-dir/);
    await first.kill();
    const again = lab.start(port);
    expect((await again.event("listening")).id).toBe(id);
  });

  test("with corrupt state is kept aside, and the peer begins under a new ID and says so", async () => {
    const [port = 0] = await freePorts(1);
    const first = lab.start(port, ["--found"]);
    const { id } = await first.event("listening");
    await first.event("leader-elected");
    await first.kill();
    const journal = readdirSync(lab.dataOf(port)).find((name) => name.includes("journal")) ?? "";
    const path = join(lab.dataOf(port), journal);
    const bytes = readFileSync(path);
    bytes[40] = (bytes[40] ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    const again = lab.start(port, ["--found"]);
    expect((await again.event("listening")).id).not.toBe(id);
    expect(again.stderr).toMatch(/corrupt.*kept in .*corrupt-1/);
    expect(readdirSync(join(lab.dataOf(port), "corrupt-1"))).toContain(journal);
  });

  test("that cannot be used is one line that says why", async () => {
    const directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
    try {
      writeFileSync(join(directory, "file"), "");
      const ended = runProgram(["--headless", "--port", "0", "--data-dir", join(directory, "file")]);
      expect(ended.code).toBe(1);
      expectOneLine(ended, /^p2p-node: data directory .*file/);
      mkdirSync(join(directory, "fine"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("--fresh sets the earlier state aside", async () => {
    const [port = 0] = await freePorts(1);
    const first = lab.start(port, ["--found"]);
    const { id } = await first.event("listening");
    await first.kill();
    const again = lab.start(port, ["--found", "--fresh"]);
    expect((await again.event("listening")).id).not.toBe(id);
    expect(again.stderr).toMatch(/earlier state is kept in/);
  });
});

describe("headless output", () => {
  test("is one JSON event a line, each with time and Lamport time", async () => {
    const [port = 0] = await freePorts(1);
    const peer = lab.start(port, ["--found"]);
    await peer.event("leader-elected");
    expect(peer.lines[0]?.event).toBe("listening");
    for (const line of peer.lines) expect(line).toMatchObject({ at: expect.any(Number), lamport: expect.any(Number) });
  });
});
