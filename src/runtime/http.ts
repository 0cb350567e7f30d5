import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Outcome } from "../control/desk/desk.ts";
import { networkTable } from "../peer/network-table.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { MAX_LINE_BYTES } from "../wire/control-message.ts";
import type { Counters } from "./counters.ts";

/** What the HTTP door puts up with. */
export interface HttpLimits {
  /** A request must be complete by then, and the next one begun. */
  readonly requestTimeoutMs: number;
  /** How often that is looked at. */
  readonly checkIntervalMs: number;
  /** A connection on which nothing moves that long, in either direction, is closed. */
  readonly idleTimeoutMs: number;
  /** Connections at a time. */
  readonly maxConnections: number;
}

const COMMANDS_PATH = "/v1/commands";

const LIMITS: HttpLimits = {
  requestTimeoutMs: 5000,
  checkIntervalMs: 1000,
  idleTimeoutMs: 10_000,
  maxConnections: 256,
};

/** Bytes of answers that may wait on a connection when a further answer is asked for. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Longest body of a request, in bytes. */
const MAX_BODY_BYTES = 4096;

/** What the door steers a peer with. */
export interface Steering {
  /** Carries out a line of the palette. Never rejects. */
  run(line: string): Promise<Outcome>;
  /** Whether lines from this host are carried out. */
  accepts(remoteHost: string): boolean;
}

/** The routes that programs and other peers read, and the one by which programs on this machine steer the peer. */
export class HttpDoor {
  readonly #server: Server;
  readonly #view: () => PeerView;
  readonly #steering: Steering;
  readonly #counters: Counters;
  readonly #maxConnections: number;
  /** Each connection, with the bytes of the answers that wait for it to read. */
  readonly #open = new Map<Socket, number>();

  constructor(view: () => PeerView, counters: Counters, steering: Steering, limits: Partial<HttpLimits> = {}) {
    const { requestTimeoutMs, checkIntervalMs, idleTimeoutMs, maxConnections } = { ...LIMITS, ...limits };
    this.#view = view;
    this.#steering = steering;
    this.#counters = counters;
    this.#maxConnections = maxConnections;
    this.#server = createServer({
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      maxHeaderSize: 8192,
    });
    this.#server.maxRequestsPerSocket = 1000;
    this.#server.timeout = idleTimeoutMs;
    this.#server.on("request", (request, response) => this.#answer(request, response));
    this.#server.on("clientError", (_error, socket) => this.#refuse(socket));
    this.#server.on("timeout", (socket) => this.#refuse(socket));
    // A server that never listens enforces its timeouts only when it believes that it does.
    this.#server.emit("listening");
  }

  /** Takes over a connection from the front door, with the bytes that it has already said. */
  accept(socket: Socket, first: Buffer): void {
    if (!this.#hasRoom()) {
      this.#counters.add("http.too-many");
      socket.destroy();
      return;
    }
    this.#open.set(socket, 0);
    socket.once("close", () => this.#open.delete(socket));
    socket.unshift(first);
    this.#server.emit("connection", socket);
  }

  /** Ends all connections. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Room for one more, if need be by ending those that wait between two requests. */
  #hasRoom(): boolean {
    if (this.#open.size < this.#maxConnections) return true;
    this.#server.closeIdleConnections();
    for (const socket of this.#open.keys()) if (socket.destroyed) this.#open.delete(socket);
    return this.#open.size < this.#maxConnections;
  }

  #refuse(socket: Duplex): void {
    this.#counters.add("http.refused");
    socket.destroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // Many requests may come in one piece, and an answer is a thousand times as long.
    if (request.socket.destroyed) return;
    if ((this.#open.get(request.socket) ?? 0) > MAX_WAITING_BYTES) return this.#refuse(request.socket);
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (path === COMMANDS_PATH && request.method === "POST" && isOurHost(request.headers.host)) {
      return this.#answerCommand(request, response);
    }
    request.resume();
    this.#send(request, response, this.#route(request, path));
  }

  #send(request: IncomingMessage, response: ServerResponse, { status, body, allow }: Answer): void {
    const text = Buffer.from(`${JSON.stringify(body)}\n`);
    this.#await(request.socket, response, text.length);
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": text.length,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(allow === undefined ? {} : { allow }),
    });
    response.end(text);
  }

  /** Counts these bytes to the connection until they have left. */
  #await(socket: Socket, response: ServerResponse, bytes: number): void {
    this.#open.set(socket, (this.#open.get(socket) ?? 0) + bytes);
    response.once("finish", () => {
      const waiting = this.#open.get(socket);
      if (waiting !== undefined) this.#open.set(socket, waiting - bytes);
    });
  }

  #route(request: IncomingMessage, path: string): Answer {
    if (!isOurHost(request.headers.host)) {
      this.#counters.add("http.refused");
      return { status: 421, body: { error: "the Host header must be an IP address or localhost" } };
    }
    const isCommand = path === COMMANDS_PATH;
    if (isCommand || (request.method !== "GET" && request.method !== "HEAD")) {
      const error = `${request.method ?? "this method"} is not served; use ${isCommand ? "POST" : "GET"}`;
      return { status: 405, body: { error }, allow: isCommand ? "POST" : "GET, HEAD" };
    }
    switch (path) {
      case "/v1/status":
        return { status: 200, body: this.#view() };
      case "/v1/vip":
        return { status: 200, body: this.#view().vip };
      case "/v1/table":
        return { status: 200, body: networkTable(this.#view()) };
      case "/healthz":
        return { status: 200, body: { status: "ok" } };
      case "/readyz":
        return readiness(this.#view());
      default:
        return {
          status: 404,
          body: { error: "no such path; try /v1/status, /v1/table, /v1/vip, /healthz or /readyz" },
        };
    }
  }

  /** A line of the palette, as JSON with its type, which no web page can send here without being asked for leave first. */
  #answerCommand(request: IncomingMessage, response: ServerResponse): void {
    const refuse = (status: number, error: string): void => {
      request.resume();
      this.#counters.add("http.refused");
      this.#send(request, response, { status, body: { error } });
    };
    if (!this.#steering.accepts(request.socket.remoteAddress ?? "")) return refuse(403, "refuses remote faults");
    const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
    if (type !== "application/json") return refuse(415, "the body must be application/json");
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.once("end", () => {
      if (size > MAX_BODY_BYTES) return refuse(413, `the body has ${MAX_BODY_BYTES} bytes at most`);
      const line = lineIn(Buffer.concat(chunks).toString("utf8"));
      if (line === undefined) return refuse(400, `the body must be {"line": "..."} of at most ${MAX_LINE_BYTES} bytes`);
      return void this.#steering
        .run(line)
        .then(({ ok, text }) => this.#send(request, response, { status: ok ? 200 : 422, body: { ok, text } }));
    });
  }
}

interface Answer {
  readonly status: number;
  readonly body: object;
  /** What would be served instead, of an answer 405. */
  readonly allow?: string;
}

/** Ready: in a cluster, with a leader. */
function readiness({ self, raft }: PeerView): Answer {
  if (self.phase !== "member") return { status: 503, body: { status: "not ready", reason: self.phase } };
  if (raft.leader === null) return { status: 503, body: { status: "not ready", reason: "no leader" } };
  return { status: 200, body: { status: "ready", leader: raft.leader } };
}

/** The line in the body of a command; undefined where there is none. */
function lineIn(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const line = typeof value === "object" && value !== null && "line" in value ? value.line : undefined;
    return typeof line === "string" && Buffer.byteLength(line) <= MAX_LINE_BYTES ? line : undefined;
  } catch {
    return undefined;
  }
}

/** A web page that rebinds its name to this address must not read us, so a name other than localhost is refused. */
function isOurHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, "");
  const literal = name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
  return literal.toLowerCase() === "localhost" || isIP(literal) !== 0;
}
