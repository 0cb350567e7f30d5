import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** Ports on loopback that were free for TCP and UDP when asked. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    const bound = server.address();
    const port = bound !== null && typeof bound === "object" ? bound.port : 0;
    if (await isFreeForUdp(port)) ports.push(port);
  }
  // All are held until the last is found, so that none comes up twice.
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, "close")));
  return ports;
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}
