/**
 * A peer as far as its virtual address goes: does what comes by the channel to whoever forked it, in ms from now on, and
 * tells the reports. Connections that come in are answered with its process ID, then with what they say.
 *
 *   node hold-address.mjs bind GUARDIAN
 *   node hold-address.mjs ip|dry-run
 */
import type { AddressAct, AddressDriver } from "../../../src/protocols/office/message.ts";
import type { AddressUser } from "../../../src/runtime/virtual-address/address-holder.ts";
import { BoundAddress } from "../../../src/runtime/virtual-address/bind.ts";
import { openVirtualAddress } from "../../../src/runtime/virtual-address/virtual-address.ts";

const [driver, guardian] = process.argv.slice(2);
const tell = (report: object): void => void process.send?.(report);
const user: AddressUser = {
  give: tell,
  accept: (socket) => {
    socket.write(`${process.pid}\n`);
    socket.pipe(socket);
  },
  say: (line) => tell({ kind: "line", line }),
};
const holder =
  driver === "bind"
    ? new BoundAddress(user, guardian)
    : openVirtualAddress({ driver: driver as AddressDriver, interface: null }, user);

process.on("message", (act: AddressAct | { readonly kind: "close" }) => {
  if (act.kind === "close") void holder.close().then(() => process.exit(0));
  else if ("until" in act) holder.act({ ...act, until: performance.now() + act.until });
  else holder.act(act);
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "ready" });
