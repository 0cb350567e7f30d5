import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Answer, failed, isQuery, type Operation, type Query } from "../../core/request.ts";
import { MAX_BATCH, type Once, type ServiceSpeech } from "./message.ts";
import type { Origin, Work } from "./work.ts";

type Forward = Extract<ServiceSpeech["message"], { readonly kind: "forward" }>;
type Answered = Extract<ServiceSpeech["message"], { readonly kind: "answered" }>;

/** Units of text in one message, at most, unless it is a single item: each is at most three bytes. */
const MAX_BATCH_TEXT = 65_536;

/** A request as another peer sends it on. */
export interface Forwarded {
  readonly number: number;
  readonly once: Once | null;
  readonly request: Operation | Query;
}

/** Requests that this peer sends on to the leader, and answers that it sends back to others. */
export class Forwarding {
  readonly #effects: Effects<ServiceSpeech>;
  #lastNumber = 0;
  /** What was sent on and has no answer, by peer and number. */
  readonly #sent = new Map<PeerId, Map<number, Work>>();
  #outbox: { readonly to: PeerId; readonly work: Work }[] = [];
  /** Answers for others, by peer. */
  readonly #answers = new Map<PeerId, { readonly number: number; readonly answer: Answer }[]>();
  readonly #origins = new Map<PeerId, Origin>();

  constructor(effects: Effects<ServiceSpeech>) {
    this.#effects = effects;
  }

  /** Sends a request on to the leader, with all others of this step. */
  send(to: PeerId, work: Work): void {
    this.#outbox.push({ to, work });
  }

  /** The requests in a message, in their order: changes, then queries. */
  unpack({ changes, queries }: Forward): readonly Forwarded[] {
    return [
      ...changes.map(({ number, once, operation }) => ({ number, once, request: operation })),
      ...queries.map(({ number, query }) => ({ number, once: null, request: query })),
    ];
  }

  /** What another peer sends on has one origin: its reads see its changes. */
  originOf(peer: PeerId): Origin {
    let origin = this.#origins.get(peer);
    if (origin === undefined) {
      origin = { lastIndex: 0 };
      this.#origins.set(peer, origin);
    }
    return origin;
  }

  /** Keeps an answer for another peer until the end of the step. */
  answer(to: PeerId, number: number, answer: Answer): void {
    const answers = this.#answers.get(to) ?? [];
    answers.push({ number, answer });
    this.#answers.set(to, answers);
  }

  /** The works that answers of another peer are for, each with its answer. Unknown numbers are ignored. */
  match(from: PeerId, { answers }: Answered): readonly { readonly work: Work; readonly answer: Answer }[] {
    const sent = this.#sent.get(from);
    return answers.flatMap(({ number, answer }) => {
      const work = sent?.get(number);
      sent?.delete(number);
      return work === undefined ? [] : [{ work, answer }];
    });
  }

  /** The link to a peer is gone: what was sent on to it will not be answered. */
  lost(peer: PeerId): readonly Work[] {
    const works = [...(this.#sent.get(peer)?.values() ?? [])];
    this.#sent.delete(peer);
    this.#answers.delete(peer);
    this.#origins.delete(peer);
    return works;
  }

  /**
   * A peer leads no more, but its link stands: it may be stopped, and never answer. Takes back what was sent on to it and
   * can be asked of another one without harm, in the order in which that was sent. Of the rest it may still tell what became.
   */
  takeBack(peer: PeerId): readonly Work[] {
    const sent = this.#sent.get(peer);
    const repeatable = [...(sent ?? [])].filter(([, { request, once }]) => isQuery(request) || once !== null);
    for (const [number] of repeatable) sent?.delete(number);
    return repeatable.map(([, work]) => work);
  }

  /** Sends what has gathered in this step. */
  settle(): void {
    const outbox = this.#outbox;
    if (outbox.length > 0) this.#sendWorks(outbox);
    for (const [peer, answers] of this.#answers) this.#sendAnswers(peer, answers);
    this.#answers.clear();
  }

  #sendWorks(outbox: readonly { readonly to: PeerId; readonly work: Work }[]): void {
    this.#outbox = [];
    for (const batch of inBatches(outbox, ({ work }) => sizeOf(work.request))) {
      const byPeer = new Map<PeerId, Work[]>();
      for (const { to, work } of batch) byPeer.set(to, [...(byPeer.get(to) ?? []), work]);
      for (const [peer, works] of byPeer) this.#sendForward(peer, works);
    }
  }

  #sendForward(peer: PeerId, works: readonly Work[]): void {
    const sent = this.#sent.get(peer) ?? new Map<number, Work>();
    this.#sent.set(peer, sent);
    const changes: { number: number; once: Once | null; operation: Operation }[] = [];
    const queries: { number: number; query: Query }[] = [];
    for (const work of works) {
      if (work.isDone) continue;
      this.#lastNumber = (this.#lastNumber + 1) % 2 ** 32;
      sent.set(this.#lastNumber, work);
      const number = this.#lastNumber;
      const { request, once } = work;
      if (isQuery(request)) queries.push({ number, query: request });
      else {
        work.risks += 1;
        changes.push({ number, once, operation: request });
      }
    }
    this.#effects.send({ peer }, { kind: "forward", changes, queries });
  }

  #sendAnswers(peer: PeerId, answers: readonly { readonly number: number; readonly answer: Answer }[]): void {
    for (const batch of inBatches(answers, ({ answer }) => sizeOf(answer)))
      this.#effects.send({ peer }, { kind: "answered", answers: batch });
  }
}

/** What the leader answers to a request that it cannot do as it does not lead: the peer that sent it on tries elsewhere. */
export const NOT_LEADING = failed("no-leader", "this peer does not lead", true);

/** Parts a list into batches that fit one message each. */
function inBatches<T>(items: readonly T[], size: (item: T) => number): readonly (readonly T[])[] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let total = 0;
  for (const item of items) {
    const itemSize = size(item);
    if (batch.length === MAX_BATCH || (batch.length > 0 && total + itemSize > MAX_BATCH_TEXT)) {
      batches.push(batch);
      batch = [];
      total = 0;
    }
    batch.push(item);
    total += itemSize;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Units of text in a request or an answer. */
function sizeOf(value: Operation | Query | Answer): number {
  switch (value.kind) {
    case "append":
      return value.name.length + value.data.length;
    case "write":
      return value.key.length + value.value.length;
    case "atomic":
      return value.operations.reduce((sum, operation) => sum + sizeOf(operation), 0);
    case "display":
    case "pong":
      return value.text.length;
    case "value":
      return value.found === null ? 0 : value.found.key.length + value.found.value.length;
    case "error":
      return value.message.length;
    default:
      // Names, keys and numbers.
      return 256;
  }
}
