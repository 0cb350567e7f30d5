/** The other process of the bench of health checks: a peer, and beside it a bare UDP echo. Tells both ports in a line. */
import { createSocket } from "node:dgram";
import { portOf } from "../../src/core/address.ts";
import { USUAL_MODES } from "../../src/core/modes.ts";
import { startHost } from "../../src/runtime/host.ts";

const host = await startHost({
  host: "127.0.0.1",
  port: 0,
  advertise: null,
  name: "",
  seeds: [],
  found: true,
  dataDirectory: () => null,
  fresh: false,
  seed: null,
  remoteFaults: null,
  api: null,
  maxConnections: null,
  modes: USUAL_MODES,
  vipInterface: null,
  tuning: {},
});
const echo = createSocket("udp4");
echo.on("message", (packet, { address, port }) => echo.send(packet, port, address));
echo.bind(0, "127.0.0.1", () => console.log(JSON.stringify({ peer: portOf(host.address), echo: echo.address().port })));
process.stdin.resume().on("end", () => process.exit());
