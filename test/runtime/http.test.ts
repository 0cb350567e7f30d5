import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PeerView } from "../../src/peer/peer-view.ts";
import { Counters } from "../../src/runtime/counters.ts";
import { FrontDoor } from "../../src/runtime/front-door.ts";
import { HttpDoor } from "../../src/runtime/http.ts";
import { id, picture, row } from "../ui/pictures.ts";
import { until, Visitor } from "./visitor.ts";

const READY = picture({ rows: [row(2)] });
const SEEKING = picture({ self: { phase: "seeking", clusterId: null } });
const LEADERLESS = picture({ raft: { leader: null } });

let counters: Counters;
let front: FrontDoor;
let http: HttpDoor;
let view: PeerView;
let viewOf: () => PeerView;
let lines: string[];
let accepted: boolean;
const steering = {
  run: async (line: string) => {
    lines.push(line);
    return { ok: line !== "no", text: `did ${line}` };
  },
  accepts: () => accepted,
};

/** Opens the door with these limits instead of the usual ones. */
async function open(limits: ConstructorParameters<typeof HttpDoor>[3] = {}): Promise<void> {
  counters = new Counters();
  front = await FrontDoor.bind("127.0.0.1", 0, counters);
  http = new HttpDoor(() => viewOf(), counters, steering, limits);
  front.open({ http: (socket, first) => http.accept(socket, first) });
}

beforeEach(() => {
  view = READY;
  lines = [];
  accepted = true;
  viewOf = () => view;
  return open();
});
afterEach(() => {
  http.close();
  front.close();
});

const visitor = (): Promise<Visitor> => Visitor.to(front.port);

interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

function parseAnswer(text: string): Answer {
  const [headers = "", ...body] = text.split("\r\n\r\n");
  return { status: Number(headers.split(" ")[1]), headers: headers.toLowerCase(), body: body.join("\r\n\r\n") };
}

/** Says one request and reads until the connection ends. */
async function ask(path: string, host: string | null = "127.0.0.1", method = "GET", version = "1.1"): Promise<Answer> {
  const asking = await visitor();
  const hostLine = host === null ? "" : `Host: ${host}\r\n`;
  asking.send(`${method} ${path} HTTP/${version}\r\n${hostLine}Connection: close\r\n\r\n`);
  await asking.closed;
  return parseAnswer(asking.text);
}

describe("routes", () => {
  test("/v1/status is the picture, as JSON that no browser takes for anything else", async () => {
    const { status, headers, body } = await ask("/v1/status");
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(READY)));
    expect(headers).toContain("content-type: application/json; charset=utf-8");
    expect(headers).toContain("x-content-type-options: nosniff");
    expect(headers).toContain("cache-control: no-store");
  });

  test("/v1/table is the network table, this peer first", async () => {
    const { status, body } = await ask("/v1/table");
    expect(status).toBe(200);
    const { peers } = JSON.parse(body);
    expect(peers.map((peer: { id: string }) => peer.id)).toEqual([id(1), id(2)]);
  });

  test("/healthz answers whatever the cluster does", async () => {
    view = LEADERLESS;
    expect((await ask("/healthz")).status).toBe(200);
  });

  test("/readyz is 503 with its reason until there is a cluster with a leader", async () => {
    view = SEEKING;
    const seeking = await ask("/readyz");
    expect([seeking.status, JSON.parse(seeking.body).reason]).toEqual([503, "seeking"]);
    view = LEADERLESS;
    const leaderless = await ask("/readyz");
    expect([leaderless.status, JSON.parse(leaderless.body).reason]).toEqual([503, "no leader"]);
    view = READY;
    expect((await ask("/readyz")).status).toBe(200);
  });

  test("a query is no part of the path", async () => {
    expect((await ask("/healthz?verbose=1&x=%00")).status).toBe(200);
  });

  test.each(["/", "/v1", "/v1/status/", "//v1/status", "/v1/../v1/status", "/v1/status%00", "/favicon.ico"])(
    "%s is no path of ours",
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  test("HEAD has the headers of GET and no body", async () => {
    const get = await ask("/healthz");
    const head = await ask("/healthz", "127.0.0.1", "HEAD");
    expect(head.status).toBe(200);
    expect(head.body).toBe("");
    expect(head.headers).toContain(`content-length: ${Buffer.byteLength(get.body)}`);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])(
    "%s is refused, and what is served is said",
    async (method) => {
      const { status, headers } = await ask("/v1/status", "127.0.0.1", method);
      expect(status).toBe(405);
      expect(headers).toContain("allow: get, head");
    },
  );

  test("CONNECT gets nowhere", async () => {
    const connecting = await visitor();
    connecting.send("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n");
    await connecting.closed;
    expect(connecting.received).toHaveLength(0);
  });

  test("an upgrade is not taken up", async () => {
    const upgrading = await visitor();
    upgrading.send(
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n",
    );
    await upgrading.closed;
    expect(parseAnswer(upgrading.text).status).toBe(200);
  });
});

describe("the Host header", () => {
  test.each(["localhost", "LocalHost:7001", "127.0.0.1", "127.0.0.1:7001", "[::1]", "[::1]:7001", "192.168.1.5:80"])(
    "%s is ours",
    async (host) => {
      expect((await ask("/healthz", host)).status).toBe(200);
    },
  );

  test.each([
    "evil.example",
    "evil.example:7001",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example#127.0.0.1",
    "2130706433",
    "localhost:80:90",
    "[::1",
    "",
  ])("%s is refused with 421: a page that rebinds its name must not read us", async (host) => {
    const { status, body } = await ask("/v1/status", host);
    expect(status).toBe(421);
    expect(body).not.toContain(id(1));
    expect(counters.all()["http.refused"]).toBe(1);
  });

  test("may not be missing", async () => {
    expect((await ask("/healthz", null)).status).toBe(400);
    expect((await ask("/healthz", null, "GET", "1.0")).status).toBe(421);
  });

  test("counts, whatever an absolute URL says", async () => {
    expect((await ask("http://127.0.0.1/v1/status", "evil.example")).status).toBe(421);
  });
});

describe("connections", () => {
  const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const answers = (text: string): number => text.split("HTTP/1.1 ").length - 1;

  test("live on for the next request", async () => {
    const asking = await visitor();
    for (let i = 1; i <= 3; i++) {
      asking.send(request("/healthz"));
      await asking.hear((bytes) => answers(bytes.toString()) === i, `answer ${i}`);
    }
    expect(asking.socket.destroyed).toBe(false);
  });

  test("answer pipelined requests in order", async () => {
    const asking = await visitor();
    asking.send(request("/healthz") + request("/nowhere") + request("/readyz"));
    const text = (await asking.hear((bytes) => answers(bytes.toString()) === 3, "three answers")).toString();
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "404", "200"]);
  });

  test("that half-close after the request are answered", async () => {
    const asking = await visitor();
    asking.send("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n");
    asking.halfClose();
    await asking.closed;
    expect(parseAnswer(asking.text).status).toBe(200);
  });

  test("read a request that comes a byte at a time", async () => {
    const asking = await visitor();
    await asking.sendSlowly(Buffer.from(request("/healthz")), 1);
    await asking.hear((bytes) => answers(bytes.toString()) === 1, "the answer");
  });

  test.each([
    ["a path of 100,000 characters", `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ["a header of 100,000 characters", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(100_000)}\r\n\r\n`],
    ["10,000 headers", `GET / HTTP/1.1\r\nHost: localhost\r\n${"X: y\r\n".repeat(10_000)}\r\n`],
    ["a header without a colon", "GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n"],
    ["two lengths", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    ["bytes that are no HTTP", `GET ${"\x00\xff".repeat(100)}`],
    ["no version", "GET /\r\n\r\n"],
  ])("with %s are closed and counted", async (_what, bytes) => {
    const asking = await visitor();
    asking.send(Buffer.from(bytes, "latin1"));
    await asking.closed;
    expect(counters.all()["http.refused"]).toBe(1);
  });

  test("whose headers never end are closed, also by a trickle", async () => {
    http.close();
    front.close();
    await open({ requestTimeoutMs: 150, checkIntervalMs: 20 });
    const silent = await visitor();
    silent.send("GET /healthz HT");
    const trickle = await visitor();
    void trickle.sendSlowly(Buffer.from(`GET /healthz HTTP/1.1\r\nX: ${"y".repeat(2000)}`), 10);
    await Promise.all([silent.closed, trickle.closed]);
    expect(counters.all()["http.refused"]).toBe(2);
  });

  test("that idle between requests are closed", async () => {
    http.close();
    front.close();
    await open({ requestTimeoutMs: 100, checkIntervalMs: 20 });
    const asking = await visitor();
    asking.send(request("/healthz"));
    await asking.closed;
    expect(answers(asking.text)).toBe(1);
  });

  test("that ask and never read are closed, and what waits for them is bounded", async () => {
    http.close();
    front.close();
    await open({ idleTimeoutMs: 300 });
    const large = picture({ peers: 100 });
    let drawn = 0;
    viewOf = () => {
      drawn += 1;
      return large;
    };
    const asking = await visitor();
    asking.socket.pause();
    for (let i = 0; i < 999; i++) asking.send(request("/v1/status"));
    await until(() => counters.all()["http.refused"] === 1, "the connection given up");
    // A megabyte may wait here, and the system itself buffers a few for a connection: 40 KB a picture.
    expect(drawn).toBeLessThan(400);
  });

  test("may be so many; idle ones make room, busy ones do not", async () => {
    http.close();
    front.close();
    await open({ maxConnections: 2 });
    const idle = await visitor();
    idle.send(request("/healthz"));
    await idle.hear((bytes) => answers(bytes.toString()) === 1, "the answer");
    const busy = await visitor();
    busy.send("GET /healthz HT");
    await until(() => front.waiting === 0, "both handed on");
    const newcomer = await visitor();
    newcomer.send(request("/healthz"));
    await newcomer.hear((bytes) => answers(bytes.toString()) === 1, "the answer");
    await idle.closed;
    expect(busy.socket.destroyed).toBe(false);

    const second = await visitor();
    second.send("GET /healthz HT");
    await newcomer.closed;
    const third = await visitor();
    third.send(request("/healthz"));
    await third.closed;
    expect(third.received).toHaveLength(0);
    expect(counters.all()["http.too-many"]).toBe(1);
  });

  test("reset in the middle of a request crash nothing", async () => {
    const asking = await visitor();
    asking.send("GET /healthz HTTP/1.1\r\nHost: loc");
    await until(() => front.waiting === 0, "handed on");
    asking.reset();
    await until(() => (counters.all()["connections.failed"] ?? 0) > 0, "the reset counted");
    expect((await ask("/healthz")).status).toBe(200);
  });
});

describe("POST /v1/commands", () => {
  /** Says a body as this type; the answer. */
  async function post(body: string, type = "application/json", host = "127.0.0.1"): Promise<Answer> {
    const asking = await visitor();
    const head = `POST /v1/commands HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n`;
    asking.send(`${head}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    await asking.closed;
    return parseAnswer(asking.text);
  }

  test("carries the line out and answers what became of it", async () => {
    const { status, body } = await post('{"line": "cut 7002"}', "application/json; charset=utf-8");
    expect([status, JSON.parse(body)]).toEqual([200, { ok: true, text: "did cut 7002" }]);
    const failed = await post('{"line": "no"}');
    expect([failed.status, JSON.parse(failed.body)]).toEqual([422, { ok: false, text: "did no" }]);
    expect(lines).toEqual(["cut 7002", "no"]);
  });

  test("is refused from elsewhere, from a web page, and with a body that is no command", async () => {
    expect((await post('{"line": "undo"}', "text/plain")).status).toBe(415);
    expect((await post('{"line": "undo"}', "application/x-www-form-urlencoded")).status).toBe(415);
    expect((await post('{"line": "undo"}', "application/json", "evil.example")).status).toBe(421);
    for (const body of ["", "{", "[]", "null", '"undo"', "{}", '{"line": 3}', `{"line": "${"x".repeat(1025)}"}`])
      expect((await post(body)).status).toBe(400);
    expect((await post(`{"line": "undo", "pad": "${"x".repeat(4096)}"}`)).status).toBe(413);
    accepted = false;
    expect((await post('{"line": "undo"}')).status).toBe(403);
    expect(lines).toEqual([]);
  });

  test("is the only method of its path, and has no other path", async () => {
    const get = await ask("/v1/commands");
    expect([get.status, get.headers.includes("allow: post")]).toEqual([405, true]);
    expect((await ask("/v1/commands", "127.0.0.1", "OPTIONS")).status).toBe(405);
  });

  test("whose body never ends is closed in time", async () => {
    http.close();
    front.close();
    await open({ requestTimeoutMs: 100, checkIntervalMs: 20 });
    const slow = await visitor();
    slow.send("POST /v1/commands HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
    slow.send("Content-Length: 20\r\n\r\n{");
    await slow.closed;
    expect(lines).toEqual([]);
  });
});
