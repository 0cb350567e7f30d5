import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type Address, addressOf } from "../../src/core/address.ts";
import { fetchTable } from "../../src/runtime/table-fetch.ts";
import { freePorts } from "../support/free-ports.ts";

let servers: Server[] = [];
let sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  servers = [];
  sockets = [];
});

/** Somebody who does this with every connection, once a request has come. */
async function somebody(answer: (socket: Socket, request: string) => void): Promise<Address> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", (request) => answer(socket, request.toString()));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  return at(bound !== null && typeof bound === "object" ? bound.port : 0);
}

function at(port: number): Address {
  const address = addressOf("127.0.0.1", port);
  if (address === undefined) throw new Error("no address");
  return address;
}

/** Somebody who answers every request with this. */
function answering(body: string, head = "HTTP/1.1 200 OK"): Promise<Address> {
  return somebody((socket) => socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`));
}

/** Why a fetch failed: one line. */
async function failure(from: Address, timeoutMs?: number): Promise<string> {
  const outcome = await fetchTable(from, timeoutMs).then(
    () => "it did not fail",
    (error: Error) => error.message,
  );
  expect(outcome).not.toMatch(/[\r\n]/);
  return outcome;
}

describe("a network table", () => {
  test("is asked for at its fixed path, by address", async () => {
    let heard = "";
    const from = await somebody((socket, request) => {
      heard = request;
      socket.end('HTTP/1.1 200 OK\r\n\r\n{"peers":[]}');
    });
    expect(await fetchTable(from)).toEqual([]);
    expect(heard).toMatch(/^GET \/v1\/table HTTP\/1\.1\r\n/);
    expect(heard.toLowerCase()).toContain(`host: ${from}\r\n`);
  });

  test("gives the addresses at which a peer can be, and drops the others", async () => {
    const addresses = [
      "127.0.0.1:7001",
      "[2001:db8::1]:7001",
      "localhost:7001",
      "evil.example:80",
      "127.0.0.1:0",
      "127.0.0.1:65536",
      "0.0.0.0:7001",
      "[::]:7001",
      "224.0.0.1:7001",
      "255.255.255.255:7001",
      "[ff02::1]:7001",
      "127.1:7001",
      "127.0.0.1",
      "http://127.0.0.1:7001",
      "",
    ].map((address) => ({ address }));
    const junk = [
      null,
      7,
      "127.0.0.1:7002",
      [],
      {},
      { address: 7 },
      { address: null },
      { address: ["127.0.0.1:7003"] },
    ];
    const from = await answering(JSON.stringify({ peers: [...addresses, ...junk] }));
    expect(await fetchTable(from)).toEqual([{ address: "127.0.0.1:7001" }, { address: "[2001:db8::1]:7001" }]);
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "<html>"],
    ["half of it", '{"peers":[{"addr'],
    ["null", "null"],
    ["a list", "[]"],
    ["peers that are no list", '{"peers":{"length":3}}'],
    ["a deep nest", "[".repeat(200_000)],
    ["no UTF-8", '{"peers": \xff}'],
  ])("that is %s is none", async (_what, body) => {
    expect(await failure(await answering(body))).toBe("answered something that is no table");
  });

  test.each(["301 Moved", "302 Found", "307 Temporary Redirect", "404 Not Found", "500 Oops", "204 No Content"])(
    "is not had by %s, and no redirect is followed",
    async (status) => {
      let visits = 0;
      const target = await somebody(() => {
        visits += 1;
      });
      const from = await answering("", `HTTP/1.1 ${status}\r\nLocation: http://${target}/v1/table`);
      expect(await failure(from)).toBe(`answered ${status.slice(0, 3)} instead of a table`);
      expect(visits).toBe(0);
    },
  );

  test("of more than 512 KiB is given up, with a length or without", async () => {
    const big = `{"peers":[${'{"address":"127.0.0.1:7001"},'.repeat(40_000)}null]}`;
    expect(await failure(await answering(big))).toBe("table over 524288 bytes");
    const endless = await somebody((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = (): void => {
        while (!socket.destroyed && socket.write(" ".repeat(65_536)));
      };
      socket.on("drain", more);
      more();
    });
    expect(await failure(endless)).toBe("table over 524288 bytes");
  });

  test.each([
    ["says nothing", ""],
    ["says half of the headers", "HTTP/1.1 200 OK\r\nX"],
    ["says half of the body", 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"peers"'],
  ])("is given up when its peer %s and then stalls", async (_what, bytes) => {
    const from = await somebody((socket) => socket.write(bytes));
    expect(await failure(from, 100)).toBe("no table within 100 ms");
  });

  test("is given up when it comes as a trickle, though something comes all the time", async () => {
    const from = await somebody((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const trickle = setInterval(() => socket.write(" "), 10);
      socket.once("close", () => clearInterval(trickle));
    });
    expect(await failure(from, 200)).toBe("no table within 200 ms");
  });

  test.each([
    ["no HTTP", "SSH-2.0-OpenSSH\r\n"],
    ["headers without end", `HTTP/1.1 200 OK\r\nX: ${"y".repeat(100_000)}`],
  ])("is not had from %s", async (_what, bytes) => {
    const from = await somebody((socket) => socket.write(bytes));
    expect(await failure(from)).toMatch(/^Parse Error/);
  });

  test("is not had where the connection ends early or is reset", async () => {
    const hangingUp = await somebody((socket) => socket.end());
    expect(await failure(hangingUp)).toMatch(/hang up/);
    const cuttingOff = await somebody((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"pee'));
    expect(await failure(cuttingOff)).toMatch(/aborted/);
    const resetting = await somebody((socket) => socket.resetAndDestroy());
    expect(await failure(resetting)).toMatch(/ECONNRESET|hang up/);
  });

  test("is not had where nobody listens", async () => {
    const [port = 0] = await freePorts(1);
    expect(await failure(at(port))).toMatch(/^connect ECONNREFUSED 127\.0\.0\.1:\d+$/);
  });
});
