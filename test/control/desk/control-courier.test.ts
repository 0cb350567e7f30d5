import { describe, expect, test } from "vitest";
import { ControlCourier } from "../../../src/control/desk/control-courier.ts";
import type { Address } from "../../../src/core/address.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { until } from "../../runtime/visitor.ts";
import { at, id } from "../../ui/pictures.ts";

/** A courier whose roads are open or closed as a test says, with all the lines that arrived. */
function courier() {
  const arrived: string[] = [];
  const closed = new Set<Address>();
  const made = new ControlCourier({
    addressOf: (peer) =>
      [2, 3].map((n) => ({ peer: id(n), address: at(n) })).find((each) => each.peer === peer)?.address,
    ask: async (address, { line }) => {
      if (closed.has(address)) throw new Error("no answer");
      arrived.push(line);
      return { ok: line !== "no", text: "", undo: `un${line}` };
    },
  });
  const send = (peer: PeerId, line: string, mustArrive = true) => made.send({ peer, line }, "7001", mustArrive);
  return { made, arrived, closed, send };
}

describe("the courier", () => {
  test("takes a line there and its answer back", async () => {
    const { send } = courier();
    expect(await send(id(2), "cut")).toEqual({ peer: id(2), ok: true, text: "", undo: "uncut" });
    expect(await send(id(9), "cut")).toMatchObject({ ok: false, text: "is not known here" });
  });

  test("keeps what must arrive, and delivers it first, in order, to a peer that is heard of again", async () => {
    const { made, arrived, closed, send } = courier();
    closed.add(at(2));
    expect((await send(id(2), "cut", false)).text).toBe("does not answer");
    expect((await send(id(2), "heal")).text).toBe("does not answer; it will hear of it");
    await send(id(2), "resume");
    await send(id(3), "pace");
    closed.clear();
    made.heard(id(2));
    await send(id(2), "cut again", false);
    expect(arrived).toEqual(["pace", "heal", "resume", "cut again"]);
    made.heard(id(2));
    await send(id(2), "last");
    expect(arrived.slice(4)).toEqual(["last"]);
  });

  test("keeps the newest of what is too much", async () => {
    const { made, arrived, closed, send } = courier();
    closed.add(at(2));
    for (let n = 0; n < 20; n++) await send(id(2), `heal ${n}`);
    closed.clear();
    made.heard(id(2));
    await until(() => arrived.length === 8, "what was kept");
    expect(arrived[0]).toBe("heal 12");
  });

  test("lets no line overtake another to the same peer, and bounds how many wait", async () => {
    const { arrived, send } = courier();
    const parts = await Promise.all(Array.from({ length: 40 }, (_, n) => send(id(2), String(n))));
    expect(arrived).toEqual(Array.from({ length: 32 }, (_, n) => String(n)));
    expect(parts.filter(({ ok }) => !ok).map(({ text }) => text)).toEqual(
      new Array(8).fill("has not answered to earlier commands"),
    );
    expect(await send(id(2), "next")).toMatchObject({ ok: true });
  });
});
