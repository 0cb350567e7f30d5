import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { status, tableOf } from "../../src/cli/status.ts";
import type { PeerView } from "../../src/peer/peer-view.ts";
import { freePorts } from "../support/free-ports.ts";
import { at, FILES, id, NOTIFICATIONS, picture, row, STORE, VALUES } from "../ui/pictures.ts";

const HOSTILE = "\x1b[2J\x1b]0;mine\x07\u009b31m\u202e\nfake line\r\u{1f468}\u200d\u{1f469}";
/** What a terminal must never be sent: controls, but the end of a line, and what turns the direction of text. */
const DANGEROUS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]/;

/** A lock that nobody waits for. */
function lock(said: Partial<PeerView["mutex"]["locks"][number]>): PeerView["mutex"]["locks"][number] {
  const nobody = { holder: null, token: null, queue: [], repliesOutstanding: [], blockedBy: [], waitingHere: 0 };
  return { name: "door", state: "idle", ...nobody, heldMs: null, tokenAt: null, leaseMs: null, ...said };
}

let server: Server;
let body = "";
let code = 200;
let printed = "";
let complaints = "";

beforeEach(async () => {
  code = 200;
  printed = "";
  complaints = "";
  server = createServer((_request, response) => response.writeHead(code).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
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
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

function port(): string {
  const bound = server.address();
  return String(bound !== null && typeof bound === "object" ? bound.port : 0);
}

/** Asks whoever answers with this; the exit code. */
function statusOf(answer: string, json = false): Promise<number> {
  body = answer;
  return status(port(), json);
}

describe("status as a table", () => {
  test("names how the peers agree where that is not as usual, rival leaders, and locks", () => {
    const usual = picture();
    const members = [1, 2, 3].map((n) => ({ address: at(n), peer: n === 3 ? null : id(n), isUp: n !== 3 }));
    const lines = tableOf({
      ...usual,
      modes: { ...usual.modes, election: "bully", broadcast: "zab", ensemble: [at(1), at(2), at(3)], mutex: "lease" },
      election: { ...usual.election, kind: "bully", role: "follower", leader: id(2), rivals: [id(3)] },
      order: { ...usual.order, kind: "zab", currentEpoch: 6, members, quorum: { needed: 2, up: 2 } },
      mutex: { ...usual.mutex, kind: "lease", locks: [lock({ name: "door\x1b[2J", holder: id(2), token: 41 })] },
    });
    expect(lines[1]).toBe(
      "bully + zab, lease locks: follower, epoch 6, leader 7002, rival leader 7003   log 9/9 committed",
    );
    expect(lines[2]).toBe(`members up 2/3, 2 needed; missing ${at(3)}`);
    expect(lines[4]).toMatch(/^lock door\S+ held by 7002, token 41, 0 in line$/);
    expect(lines.join("")).not.toMatch(DANGEROUS);
  });

  test("names the peer, its cluster, its leader, its quorum and the others", () => {
    const lines = tableOf(
      picture({ rows: [row(2, { name: "two", role: "standby" }), row(3, { status: "at-risk", livesRemaining: 2 })] }),
    );
    expect(lines[0]).toBe(`peer ${id(1)} at ${at(1)}   cluster 3f2a91bc00000001`);
    expect(lines[1]).toBe("leader, term 4, leader 7001   log 9/9 committed");
    expect(lines[2]).toBe("voters up 3/3, 2 needed");
    expect(lines[5]).toMatch(/^PEER +ADDRESS +STATUS/);
    expect(lines[7]).toMatch(/^two +127\.0\.0\.1:7002 +healthy 3\/3 +standby +0\.3/);
    expect(lines[8]).toMatch(/^7003 +127\.0\.0\.1:7003 +at-risk 2\/3/);
  });

  test("says who is missing from the quorum, that there is no leader, and what a seeker does", () => {
    const stuck = { leader: null, quorum: { needed: 2, up: 1, missing: [id(2), id(3)] } };
    const lines = tableOf(picture({ peers: 3, raft: stuck, self: { clusterId: null, phase: "seeking" } }));
    expect(lines[0]).toMatch(/cluster none \(seeking\)$/);
    expect(lines[1]).toContain("no leader");
    expect(lines[2]).toMatch(/; missing 7002 7003$/);
  });

  test("has one line on files, values, the store, and who asks for them", () => {
    const lines = tableOf(picture({ view: { files: FILES, values: VALUES, store: STORE } }));
    expect(lines[3]).toBe(
      "files 9, 66 KB; values 4, 9 versions, clock 184; store 70 KB of 67 MB; 2 sessions, 2 clients here, 3 open requests",
    );
    expect(tableOf(picture({}))[3]).toBe(
      "files 0, 0 B; values 0, 0 versions, clock 0; store 0 B of 67 MB; 0 sessions, 0 clients here",
    );
  });

  test("has a line on notices where there are any, or somebody waits for some", () => {
    const lines = tableOf(picture({ view: { notifications: NOTIFICATIONS } }));
    expect(lines[4]).toBe("notices announced 1, received 14, delivered 23, 3 queued; subscribed here: 7 1337");
    expect(lines[5]).toBe("");
    const quiet = { ...NOTIFICATIONS, announced: 0, received: 0, delivered: 0, subscribers: [], types: [] };
    expect(tableOf(picture({ view: { notifications: quiet } }))[4]).toBe("");
    const types = Array.from({ length: 20 }, (_, dataType) => ({ dataType, here: 1, peers: [] }));
    const subscribers = NOTIFICATIONS.subscribers.slice(0, 1);
    expect(tableOf(picture({ view: { notifications: { ...quiet, subscribers, types } } }))[4]).toBe(
      "notices announced 0, received 0, delivered 0; subscribed here: 0 1 2 3 4 5 6 7 ..",
    );
  });

  test("escapes hostile names, and keeps a line a line", async () => {
    const view = picture({ rows: [row(2, { name: HOSTILE }), row(3, { name: "three" })] });
    expect(await statusOf(JSON.stringify(view))).toBe(0);
    expect(printed).not.toMatch(DANGEROUS);
    expect(printed.trimEnd().split("\n")).toHaveLength(9);
    expect(printed).toContain("three");
  });

  test("escapes whatever else somebody says who is no peer", async () => {
    const view = picture({
      rows: [row(2, { address: HOSTILE as never, status: HOSTILE as never, role: HOSTILE as never, rttMs: 1e300 })],
      self: { id: HOSTILE as never, clusterId: HOSTILE as never, address: HOSTILE as never },
      raft: { role: HOSTILE as never, currentTerm: HOSTILE as never, leader: HOSTILE as never },
    });
    await statusOf(JSON.stringify(view));
    expect(printed + complaints).not.toMatch(DANGEROUS);
  });
});

describe("status as JSON", () => {
  test("is one line of printable ASCII that means what the peer said", async () => {
    const view = picture({ rows: [row(2, { name: HOSTILE })] });
    expect(await statusOf(JSON.stringify(view), true)).toBe(0);
    expect(printed).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(view)));
  });

  test("of somebody who is no peer is refused like the table", async () => {
    expect(await statusOf("\x1b[2Jhello", true)).toBe(1);
    expect(printed).toBe("");
  });
});

describe("status of somebody else", () => {
  test.each([
    ["nothing", ""],
    ["no JSON", "<html>"],
    ["null", "null"],
    ["a list", "[]"],
    ["another program's JSON", '{"status":"ok"}'],
    ["a picture of nulls", '{"self":null,"raft":null}'],
    ["a picture without peers", '{"self":{"id":"x"},"raft":{"quorum":{}}}'],
    ["a picture of wrong kinds", '{"self":1,"raft":"x","peers":{"length":9}}'],
    ["numbers that are text", JSON.stringify(picture({ rows: [row(2, { rttMs: "fast" as never })] }))],
  ])("that answers %s is one line and exit code 1", async (_what, answer) => {
    expect(await statusOf(answer)).toBe(1);
    expect(printed).toBe("");
    expect(complaints).toBe(`p2p-node: no status of 127.0.0.1:${port()}: what answers there is no peer\n`);
  });

  test.each([301, 404, 421, 500])("that answers %i is one line and exit code 1", async (refusal) => {
    code = refusal;
    expect(await statusOf("{}")).toBe(1);
    expect(complaints).toMatch(new RegExp(`^p2p-node: no status of .*: answered ${refusal} instead of a status`));
  });

  test("that says more than 8 MiB is one line and exit code 1", async () => {
    expect(await statusOf(" ".repeat(9 * 1024 * 1024))).toBe(1);
    expect(complaints).toMatch(/^p2p-node: no status of .*: status over 8388608 bytes/);
  });

  test("that says nothing in three seconds is one line and exit code 1", async () => {
    server.removeAllListeners("request");
    expect(await status(port(), false)).toBe(1);
    expect(complaints).toMatch(/^p2p-node: no status of .*: no status within 3000 ms/);
  });

  test("where nobody listens is one line and exit code 1", async () => {
    const [nobody] = await freePorts(1);
    expect(await status(String(nobody), false)).toBe(1);
    expect(complaints).toMatch(/^p2p-node: no status of .*ECONNREFUSED.*\. Is a peer running there\?\n$/);
  });

  test("at an address that is none is one line and exit code 1", async () => {
    expect(await status("nowhere", false)).toBe(1);
    expect(complaints).toMatch(/^p2p-node: status nowhere: an address is host:port.*\n$/);
  });
});
