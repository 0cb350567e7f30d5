import { createServer } from "node:net";

const FIRST_PORT = 7001;
const LAST_PORT = 7999;

/** The first ports from 7001 that are free on loopback; rejects where there are too few up to 7999. */
export async function freePorts(count) {
  const ports = [];
  for (let port = FIRST_PORT; ports.length < count; port++) {
    if (port > LAST_PORT) throw new Error(`fewer than ${count} ports are free from ${FIRST_PORT} to ${LAST_PORT}`);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
