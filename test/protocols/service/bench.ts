import type { Address } from "../../../src/core/address.ts";
import { assert } from "../../../src/core/assert.ts";
import type { BrokerTable } from "../../../src/core/job.ts";
import type { LockRow } from "../../../src/core/lock.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Input, SessionId } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { Answer, Operation, OrderedOperation, Query, Request } from "../../../src/core/request.ts";
import type { StoreView } from "../../../src/core/store-view.ts";
import type { Command, Delivered, OrderCommand, OrderEvent, StateMachine } from "../../../src/core/total-order.ts";
import { service } from "../../../src/protocols/service/definition.ts";
import type { ServiceSpeech } from "../../../src/protocols/service/message.ts";
import { decode } from "../../../src/wire/codec.ts";
import { command as commandCodec } from "../../../src/wire/request.ts";

export type Message = ServiceSpeech["message"];
export type Forward = Extract<Message, { readonly kind: "forward" }>;

/** A peer ID that ends in `digit`. */
function id(digit: string): PeerId {
  return digit.padStart(16, "0") as PeerId;
}

/** The peer on the bench, and others. */
export const [A, B, C] = [id("a"), id("b"), id("c")];

const ADDRESS = "127.0.0.1:9" as Address;

export const TIMEOUT_MS = 1_000;

/** Tells what it was given: each change is answered with its name and index, each query with all that was applied. */
class FakeMachine implements StateMachine {
  applied: string[] = [];
  /** The locks that it says there are. */
  readonly rows = new Map<string, LockRow>();
  readonly #answers = new Map<string, Answer>();

  apply({ operation, once }: Command, index: number): Answer {
    const key = JSON.stringify(once);
    const known = once === null ? undefined : this.#answers.get(key);
    if (known !== undefined) return known;
    if (operation.kind === "open-session") return { kind: "session", session: index };
    const name = nameOf(operation);
    this.applied.push(name);
    const answer: Answer = { kind: "display", text: `${name} at ${index}` };
    if (once !== null) this.#answers.set(key, answer);
    return answer;
  }

  query(query: Query): Answer {
    if (query.kind === "resume-session") return { kind: "session", session: query.session };
    return { kind: "display", text: this.applied.join(" ") };
  }

  lock(name: string): LockRow | null {
    return this.rows.get(name) ?? null;
  }

  locks(): readonly LockRow[] {
    return [...this.rows.values()];
  }

  broker(): BrokerTable {
    return { office: null, jobs: [] };
  }

  snapshot(): Uint8Array {
    return Buffer.from(this.applied.join(" "));
  }

  restore(snapshot: Uint8Array): boolean {
    const text = Buffer.from(snapshot).toString();
    if (text === "nonsense") return false;
    this.applied = text.split(" ");
    return true;
  }

  clear(): void {
    this.applied = [];
  }

  view(): StoreView {
    return {
      files: { count: 0, bytes: 0, recent: [] },
      values: { count: 0, versions: 0, bytes: 0, clock: 0, recent: [] },
      locks: { count: 0, held: [] },
      sessions: 0,
      room: { used: 0, capacity: 0 },
    };
  }
}

function nameOf(operation: OrderedOperation): string {
  if (operation.kind === "write") return operation.key;
  return "name" in operation ? operation.name : operation.kind;
}

/** One machine on the bench, with an order that does what a test says. */
export class Bench {
  readonly store = new FakeMachine();
  readonly service;
  now = 1_000;
  /** What each connection was answered. */
  readonly answers = new Map<SessionId, Answer[]>();
  /** What went to other peers and was not looked at yet. */
  sent: { readonly to: PeerId; readonly message: Message }[] = [];
  readonly closed: SessionId[] = [];
  readonly events: ServiceSpeech["event"][] = [];
  /** All that the order was asked for. */
  readonly ordered: OrderCommand[] = [];
  /** The term in which the order here takes commands; null while it takes none. */
  term: number | null = null;
  /** Whether the order has no room for anything. */
  isBusy = false;
  /** What stands in the order behind what is delivered. */
  log: Delivered[] = [];
  delivered = 0;
  /** Reads that wait for a word of the order. */
  #reads: number[] = [];

  constructor(options: Partial<ServiceSpeech["options"]> = {}) {
    const machine = this.store;
    const fixed = {
      peer: A,
      machine,
      lamport: () => 77,
      salt: () => 5,
      keepVersions: 3,
      requestTimeoutMs: TIMEOUT_MS,
      maxOpen: 100,
    };
    this.service = service.start({ ...fixed, ...options }, [], seededRandom(1), this.now);
  }

  get view(): ServiceSpeech["view"] {
    return this.service.view();
  }

  give(input: Input<ServiceSpeech>): void {
    for (const effect of this.service.step(input, this.now)) {
      if (effect.kind === "close") this.closed.push(effect.session);
      else if (effect.kind === "event") this.#hear(effect.event);
      else if (effect.kind === "send" && "peer" in effect.to)
        this.sent.push({ to: effect.to.peer, message: effect.message });
      else if (effect.kind === "send" && "session" in effect.to && effect.message.kind === "answers")
        this.#answersTo(effect.to.session).push(...effect.message.answers);
    }
  }

  command(command: ServiceSpeech["command"]): void {
    this.give({ kind: "command", command });
  }

  connect(...sessions: readonly SessionId[]): void {
    for (const session of sessions) this.give({ kind: "session", session, up: true, address: ADDRESS });
  }

  hangUp(session: SessionId): void {
    this.give({ kind: "session", session, up: false, reason: "closed" });
  }

  /** A client asks, all in one go. */
  ask(session: SessionId, ...requests: readonly Request[]): void {
    this.command({ kind: "asked", asked: [{ session, requests }] });
  }

  /** What a connection was answered since the last look. */
  told(session: SessionId): Answer[] {
    return this.#answersTo(session).splice(0);
  }

  link(peer: PeerId, up = true): void {
    this.give({ kind: "link", peer, up });
  }

  receive(from: PeerId, message: Message): void {
    this.give({ kind: "message", from: { peer: from }, message });
  }

  /** This peer leads in a term. */
  lead(term = 1): void {
    this.term = term;
    this.command({ kind: "leader", leader: A });
  }

  /** Another peer leads, over a link that stands. */
  follow(leader: PeerId): void {
    this.term = null;
    this.link(leader);
    this.command({ kind: "leader", leader });
  }

  /** Nobody leads. */
  lose(): void {
    this.term = null;
    for (const ticket of this.#reads.splice(0)) this.order({ kind: "not-readable", ticket, because: "not-leader" });
    this.command({ kind: "leader", leader: null });
  }

  order(told: OrderEvent): void {
    this.command({ kind: "order", told });
  }

  /** The order delivers what stands in it, or the first so many of that. */
  deliver(count = this.log.length): void {
    const entries = this.log.splice(0, count);
    this.delivered += entries.length;
    this.order({ kind: "delivered", entries });
  }

  /** Another leader's entries take the place of what is not delivered. */
  overwrite(term: number, count: number): void {
    this.log = Array.from({ length: count }, (_, i) => ({ index: this.delivered + i + 1, term, command: null }));
  }

  /** The order answers the reads: whoever has applied up to `index` may answer. */
  confirm(index = this.delivered): void {
    for (const ticket of this.#reads.splice(0)) this.order({ kind: "readable", ticket, index });
  }

  /** Time passes, and timeouts that fall due are given. */
  wait(ms: number): void {
    const end = this.now + ms;
    while (this.service.deadline <= end) {
      this.now = Math.max(this.now, this.service.deadline);
      this.give({ kind: "timeout" });
    }
    this.now = end;
  }

  /** What went to a peer since the last look. */
  sentTo(peer: PeerId): Message[] {
    const messages = this.sent.filter(({ to }) => to === peer).map(({ message }) => message);
    this.sent = this.sent.filter(({ to }) => to !== peer);
    return messages;
  }

  /** The requests that went to a peer since the last look, in the order in which it does them. */
  forwardedTo(peer: PeerId): { number: number; request: OrderedOperation | Query; once: unknown }[] {
    return this.sentTo(peer).flatMap((message) => {
      assert(message.kind === "forward", "a request that is sent on");
      return [
        ...message.changes.map(({ number, operation, once }) => ({ number, request: operation, once })),
        ...message.queries.map(({ number, query }) => ({ number, request: query, once: null })),
      ];
    });
  }

  /** The names of the commands that were put into the order, a list for each proposal. */
  get proposals(): string[][] {
    return this.ordered.flatMap((command) =>
      command.kind === "propose" ? [command.commands.map((bytes) => nameOf(commandOf(bytes).operation))] : [],
    );
  }

  #hear(event: ServiceSpeech["event"]): void {
    if (event.kind !== "order-wanted") this.events.push(event);
    else {
      this.ordered.push(event.command);
      this.#takeOrder(event.command);
    }
  }

  /** The order's first word comes before anything else happens, as in a peer. */
  #takeOrder(command: OrderCommand): void {
    if (command.kind === "compact" || command.kind === "tell") return;
    const { ticket } = command;
    const because = this.isBusy ? "busy" : "not-leader";
    const isTaken = this.term !== null && !this.isBusy;
    if (command.kind === "read") {
      if (isTaken) this.#reads.push(ticket);
      else this.order({ kind: "not-readable", ticket, because });
    } else if (!isTaken) this.order({ kind: "not-proposed", ticket, because });
    else {
      const term = this.term ?? 0;
      const first = this.delivered + this.log.length + 1;
      for (const bytes of command.commands)
        this.log.push({ index: this.delivered + this.log.length + 1, term, command: bytes });
      this.order({ kind: "proposed", ticket, first, term });
    }
  }

  #answersTo(session: SessionId): Answer[] {
    const answers = this.answers.get(session) ?? [];
    this.answers.set(session, answers);
    return answers;
  }
}

function commandOf(bytes: Uint8Array): Command {
  const decoded = decode(commandCodec, bytes);
  assert(decoded.kind === "value", "a command");
  return decoded.value;
}

export function create(name: string): Operation {
  return { kind: "create", name };
}

export const LIST: Query = { kind: "list" };
export const PING: Request = { kind: "ping" };
export const OPEN: Operation = { kind: "open-session" };

/** A request to be done once, as number `sequence` of its session. */
export function once(sequence: number, request: Operation | Query): Request {
  return { kind: "do", sequence, request };
}

export function display(text: string): Answer {
  return { kind: "display", text };
}

/** An error, whatever its text. */
export function error(code: string, definite: boolean): object {
  return { kind: "error", code, definite };
}
