import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP, type Socket } from "node:net";
import { networkTable } from "../peer/network-table.ts";
import type { PeerView } from "../peer/peer-view.ts";

/** Headers must be complete by then. */
const HEADERS_TIMEOUT_MS = 5000;

/** HTTP connections at a time. */
const MAX_CONNECTIONS = 256;

/** The routes that programs and other peers read. Writes are not served. */
export class HttpDoor {
  readonly #server: Server;
  readonly #view: () => PeerView;

  constructor(view: () => PeerView) {
    this.#view = view;
    this.#server = createServer({
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 8192,
    });
    this.#server.maxRequestsPerSocket = 1000;
    this.#server.on("request", (request, response) => this.#answer(request, response));
    this.#server.on("clientError", (_error, socket) => socket.destroy());
    // A server that never listens enforces its timeouts only when it believes that it does.
    this.#server.emit("listening");
  }

  /** Takes over a connection from the front door, with the bytes that it has already said. */
  accept(socket: Socket, first: Buffer): void {
    this.#server.getConnections((_error, count) => {
      if (count >= MAX_CONNECTIONS) return socket.destroy();
      socket.unshift(first);
      this.#server.emit("connection", socket);
      return undefined;
    });
  }

  /** Ends all connections. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    if (!isOurHost(request.headers.host)) {
      return send(response, 421, { error: "the Host header must be an IP address or localhost" });
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return send(response, 405, { error: `${request.method ?? "this method"} is not served; use GET` });
    }
    const path = (request.url ?? "").split("?", 1)[0];
    switch (path) {
      case "/v1/status":
        return send(response, 200, this.#view());
      case "/v1/table":
        return send(response, 200, networkTable(this.#view()));
      case "/healthz":
        return send(response, 200, { status: "ok" });
      case "/readyz":
        return this.#answerReady(response);
      default:
        return send(response, 404, { error: "no such path; try /v1/status, /v1/table, /healthz or /readyz" });
    }
  }

  /** Ready: in a cluster, with a leader. */
  #answerReady(response: ServerResponse): void {
    const { self, raft } = this.#view();
    if (self.phase !== "member") return send(response, 503, { status: "not ready", reason: self.phase });
    if (raft.leader === null) return send(response, 503, { status: "not ready", reason: "no leader" });
    return send(response, 200, { status: "ready", leader: raft.leader });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}

/** A web page that rebinds its name to this address must not read us, so a name other than localhost is refused. */
function isOurHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, "");
  const literal = name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
  return literal === "localhost" || isIP(literal) !== 0;
}
