import { beforeEach, describe, expect, it } from "vitest";
import { Store } from "../../../src/apps/store.ts";
import type { Address } from "../../../src/core/address.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Input } from "../../../src/core/protocol.ts";
import type { Answer, Request } from "../../../src/core/request.ts";
import { SERVICE_DEFAULTS } from "../../../src/protocols/service/definition.ts";
import type { ServiceSpeech } from "../../../src/protocols/service/message.ts";
import { Service } from "../../../src/protocols/service/service.ts";

const [SELF, STOPPED, NEXT] = ["a", "b", "c"].map((digit) => digit.padStart(16, "0")) as [PeerId, PeerId, PeerId];
const CLIENT = 1;

type Forward = Extract<ServiceSpeech["message"], { kind: "forward" }>;

const WRITE: Request = { kind: "write", key: "k", value: "v", time: 0 };
const READ: Request = { kind: "read", name: "f" };

/** A peer that follows `STOPPED` and is linked to both others, with a client whose session is 7. */
describe("a leader that says nothing any more while its link stands", () => {
  let service: Service;

  /** Lets something happen; what is said to others. */
  function step(input: Input<ServiceSpeech>, now = 0) {
    return service.step(input, now).flatMap((effect) => (effect.kind === "send" ? [effect] : []));
  }

  function command(content: ServiceSpeech["command"]) {
    return step({ kind: "command", command: content });
  }

  function ask(...requests: readonly Request[]) {
    return command({ kind: "asked", asked: [{ session: CLIENT, requests }] });
  }

  function answered(from: PeerId, ...answers: readonly { number: number; answer: Answer }[]) {
    return step({ kind: "message", from: { peer: from }, message: { kind: "answered", answers } });
  }

  /** What was sent on, and to whom. */
  function forwards(sent: ReturnType<typeof step>): readonly { to: unknown; forward: Forward }[] {
    return sent.flatMap(({ to, message }) => (message.kind === "forward" ? [{ to, forward: message }] : []));
  }

  beforeEach(() => {
    const machine = new Store();
    service = new Service({ ...SERVICE_DEFAULTS, peer: SELF, machine, lamport: () => 1, salt: () => 2 });
    step({ kind: "link", peer: STOPPED, up: true });
    step({ kind: "link", peer: NEXT, up: true });
    command({ kind: "leader", leader: STOPPED });
    step({ kind: "session", session: CLIENT, up: true, address: "127.0.0.1:9" as Address });
    ask({ kind: "resume-session", session: 7 });
    answered(STOPPED, { number: 1, answer: { kind: "session", session: 7 } });
  });

  it("has what may be repeated asked of the next one, in its order and before what came later", () => {
    ask({ kind: "do", sequence: 1, request: WRITE }, READ);
    ask({ kind: "do", sequence: 2, request: WRITE });
    command({ kind: "leader", leader: null });
    ask({ kind: "do", sequence: 3, request: WRITE });
    const [sent, ...others] = forwards(command({ kind: "leader", leader: NEXT }));
    expect(others).toEqual([]);
    expect(sent?.to).toEqual({ peer: NEXT });
    expect(sent?.forward.changes.map(({ once }) => once?.sequence)).toEqual([1, 2, 3]);
    expect(sent?.forward.queries.map(({ query }) => query)).toEqual([READ]);
  });

  it("is not asked for what it was relieved of, and what it says of that late is not believed", () => {
    ask({ kind: "do", sequence: 1, request: WRITE });
    const [sent] = forwards(command({ kind: "leader", leader: NEXT }));
    const late = answered(STOPPED, { number: 2, answer: { kind: "written-at", time: 5 } });
    expect(late).toEqual([]);
    const number = sent?.forward.changes[0]?.number ?? 0;
    expect(answered(NEXT, { number, answer: { kind: "written-at", time: 9 } })).toMatchObject([
      { to: { session: CLIENT }, message: { answers: [{ kind: "written-at", time: 9 }] } },
    ]);
  });

  it("may still tell what became of a change that could otherwise happen twice", () => {
    ask(WRITE);
    expect(forwards(command({ kind: "leader", leader: NEXT }))).toEqual([]);
    expect(answered(STOPPED, { number: 2, answer: { kind: "written-at", time: 5 } })).toMatchObject([
      { to: { session: CLIENT }, message: { answers: [{ kind: "written-at", time: 5 }] } },
    ]);
  });
});
