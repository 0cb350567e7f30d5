import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Answer, failed, isQuery, type Operation, type Query } from "../../core/request.ts";
import { MAX_BATCH, type Once, type ServiceSpeech } from "./message.ts";
import { isRepeatable, type Origin, type Work } from "./work.ts";

type Forward = Extract<ServiceSpeech["message"], { readonly kind: "forward" }>;
type Answered = Extract<ServiceSpeech["message"], { readonly kind: "answered" }>;
type NumberedAnswer = Answered["answers"][number];

/** Units of text in one message, at most, unless it is a single item: each is at most three bytes. */
const MAX_BATCH_TEXT = 65_536;

/** How many numbers there are for requests. */
const NUMBERS = 2 ** 32;

/** A request as another peer sends it on. */
interface Forwarded {
  readonly number: number;
  readonly once: Once | null;
  readonly request: Operation | Query;
}

/** What goes to and fro with one life of another peer, as long as there is a link to it. */
export interface Exchange {
  /** What the other peer sends on has one origin: its reads see its changes. */
  readonly origin: Origin;
  /** What was sent on to it and has no answer, by number. */
  readonly sent: Map<number, Work>;
  /** What is sent on to it, and answered to it, at the end of the step. */
  works: Work[];
  answers: NumberedAnswer[];
  /** The highest number of what it has sent on; null before the first. */
  heard: number | null;
}

/** Requests that this peer sends on to the leader, and answers that it sends back to others. */
export class Forwarding {
  readonly #effects: Effects<ServiceSpeech>;
  readonly #exchanges = new Map<PeerId, Exchange>();
  #lastNumber = 0;

  constructor(effects: Effects<ServiceSpeech>) {
    this.#effects = effects;
  }

  /** What goes to and fro with a peer now; whoever answers it later, answers nobody if the peer is gone by then. */
  with(peer: PeerId): Exchange {
    let exchange = this.#exchanges.get(peer);
    if (exchange === undefined) {
      exchange = { origin: { latest: null }, sent: new Map(), works: [], answers: [], heard: null };
      this.#exchanges.set(peer, exchange);
    }
    return exchange;
  }

  /** Sends a work on at the end of the step. */
  send(to: Exchange, work: Work): void {
    work.place = to;
    to.works.push(work);
  }

  /**
   * The requests in a message, in their order: changes, then queries. None where the message has come before, or a later
   * one has: a link may bring one twice, and outside of a session a change would be done twice.
   */
  unpack(exchange: Exchange, { changes, queries }: Forward): readonly Forwarded[] {
    const numbers = [...changes, ...queries].map(({ number }) => number);
    const { heard } = exchange;
    if (heard !== null && !numbers.every((number) => isBehind(number, heard))) return [];
    exchange.heard = numbers.reduce(
      (highest, number) => (isBehind(number, highest) ? number : highest),
      numbers[0] ?? heard ?? 0,
    );
    return [
      ...changes.map(({ number, once, operation }) => ({ number, once, request: operation })),
      ...queries.map(({ number, query }) => ({ number, once: null, request: query })),
    ];
  }

  /** The works that answers of another peer are for, each with its answer. Unknown numbers are ignored. */
  match(from: PeerId, { answers }: Answered): readonly { readonly work: Work; readonly answer: Answer }[] {
    const sent = this.#exchanges.get(from)?.sent;
    return answers.flatMap(({ number, answer }) => {
      const work = sent?.get(number);
      sent?.delete(number);
      return work === undefined ? [] : [{ work, answer }];
    });
  }

  /** The link to a peer, or that peer's life, is over: what was sent on to it, which will not be answered. */
  lost(peer: PeerId): readonly Work[] {
    const exchange = this.#exchanges.get(peer);
    this.#exchanges.delete(peer);
    return exchange === undefined ? [] : [...exchange.sent.values(), ...exchange.works];
  }

  /** What was sent on to others than the present leader and may be asked there again. Their answers count no more. */
  recall(leader: PeerId): readonly Work[] {
    const recalled: Work[] = [];
    for (const [peer, { sent }] of this.#exchanges) {
      if (peer === leader) continue;
      for (const [number, work] of sent) {
        if (!work.isDone && !isRepeatable(work)) continue;
        sent.delete(number);
        recalled.push(work);
      }
    }
    return recalled;
  }

  /** Sends what has gathered in this step. */
  settle(): void {
    for (const [peer, exchange] of this.#exchanges) {
      const { works, answers } = exchange;
      if (works.length + answers.length === 0) continue;
      exchange.works = [];
      exchange.answers = [];
      for (const batch of inBatches(works, ({ request }) => sizeOf(request))) this.#sendForward(peer, exchange, batch);
      for (const batch of inBatches(answers, ({ answer }) => sizeOf(answer)))
        this.#effects.send({ peer }, { kind: "answered", answers: batch });
    }
  }

  #sendForward(peer: PeerId, { sent }: Exchange, works: readonly Work[]): void {
    const changes: { number: number; once: Once | null; operation: Operation }[] = [];
    const queries: { number: number; query: Query }[] = [];
    for (const work of works) {
      if (work.isDone) continue;
      this.#lastNumber = (this.#lastNumber + 1) % NUMBERS;
      const number = this.#lastNumber;
      sent.set(number, work);
      const { request, once } = work;
      if (isQuery(request)) queries.push({ number, query: request });
      else {
        work.risks += 1;
        changes.push({ number, once, operation: request });
      }
    }
    if (changes.length + queries.length > 0) this.#effects.send({ peer }, { kind: "forward", changes, queries });
  }
}

/** What the leader answers to a request that it cannot do as it does not lead: the peer that sent it on tries elsewhere. */
export const NOT_LEADING = failed("no-leader", "this peer does not lead", true);

/** Whether a number comes behind another; they go round. */
function isBehind(number: number, other: number): boolean {
  const ahead = (number - other) >>> 0;
  return ahead > 0 && ahead < NUMBERS / 2;
}

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
export function sizeOf(value: Operation | Query | Answer): number {
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
