/**
 * A peer as far as its virtual address goes: does what comes by the channel to whoever forked it, in ms from now on, and
 * tells the reports. Connections that come in are answered with its process ID, then with what they say.
 *
 *   node hold-address.mjs GUARDIAN
 */
import type { AddressAct } from "../../../src/protocols/office/message.ts";
import { BoundAddress } from "../../../src/runtime/virtual-address/bind.ts";

const tell = (report: object): void => void process.send?.(report);
const holder = new BoundAddress(
  {
    give: tell,
    accept: (socket) => {
      socket.write(`${process.pid}\n`);
      socket.pipe(socket);
    },
    say: (line) => tell({ kind: "line", line }),
  },
  process.argv[2],
);

process.on("message", (act: AddressAct | { readonly kind: "close" }) => {
  if (act.kind === "close") void holder.close().then(() => process.exit(0));
  else if ("until" in act) holder.act({ ...act, until: performance.now() + act.until });
  else holder.act(act);
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "ready" });
