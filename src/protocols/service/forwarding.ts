import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Answer, failed, isQuery, type OrderedOperation, type Query } from "../../core/request.ts";
import type { Once } from "../../core/total-order.ts";
import { Exchange, NUMBERS } from "./exchange.ts";
import { MAX_BATCH, type ServiceSpeech } from "./message.ts";
import { unitsOf } from "./size.ts";
import { Window } from "./window.ts";
import { isRepeatable, type Work } from "./work.ts";

type Forward = Extract<ServiceSpeech["message"], { readonly kind: "forward" }>;
type Answered = Extract<ServiceSpeech["message"], { readonly kind: "answered" }>;

/** Units in one message, at most, unless it is a single item. */
const MAX_BATCH_UNITS = 65_536;

/** A request as another peer sends it on. */
interface Forwarded {
  readonly number: number;
  readonly once: Once | null;
  readonly request: OrderedOperation | Query;
}

/** Requests that this peer sends on to the leader, and answers that it sends back to others. */
export class Forwarding {
  readonly #effects: Effects<ServiceSpeech>;
  readonly #patienceMs: number;
  readonly #exchanges = new Map<PeerId, Exchange>();
  #lastNumber = 0;

  /** @param patienceMs what another peer does not acknowledge for so long never came, ms */
  constructor(effects: Effects<ServiceSpeech>, patienceMs: number) {
    this.#effects = effects;
    this.#patienceMs = patienceMs;
  }

  /** What goes to and fro with a peer now; whoever answers it later, answers nobody if the peer is gone by then. */
  with(peer: PeerId): Exchange {
    let exchange = this.#exchanges.get(peer);
    if (exchange === undefined) {
      exchange = new Exchange(new Window(this.#patienceMs));
      this.#exchanges.set(peer, exchange);
    }
    return exchange;
  }

  /** Sends a work on, at the end of the step unless too much is under way. */
  send(to: Exchange, work: Work): void {
    work.place = to;
    to.works.push(work);
  }

  /**
   * The requests in a message of a peer, as they are done: changes in their order, then queries in theirs. None of those
   * that have come before.
   */
  unpack(from: Exchange, { changes, queries }: Forward): readonly Forwarded[] {
    const requests = [
      ...changes.map(({ number, once, operation }) => ({ number, once, request: operation })),
      ...queries.map(({ number, query }) => ({ number, once: null, request: query })),
    ];
    from.window.take(sum(requests, ({ request }) => unitsOf(request)));
    const news = requests.filter(({ number }) => from.isNew(number));
    for (const { number } of news) from.heard(number);
    return news;
  }

  /** The works that answers of another peer are for, each with its answer. Unknown numbers are ignored. */
  match(from: Exchange, { answers }: Answered): readonly { readonly work: Work; readonly answer: Answer }[] {
    from.window.take(sum(answers, ({ answer }) => unitsOf(answer)));
    return answers.flatMap(({ number, answer }) => {
      const work = from.sent.get(number);
      from.sent.delete(number);
      return work === undefined ? [] : [{ work, answer }];
    });
  }

  /** The connection to a peer is the link no more: what was sent on to it, which will not be answered. */
  lost(peer: PeerId): readonly Work[] {
    const exchange = this.#exchanges.get(peer);
    if (exchange === undefined) return [];
    this.#exchanges.delete(peer);
    exchange.isGone = true;
    return [...exchange.sent.values(), ...exchange.works];
  }

  /** What was to go to others than the present leader and may be asked there again. Their answers count no more. */
  recall(leader: PeerId): readonly Work[] {
    return [...this.#exchanges].flatMap(([peer, exchange]) =>
      peer === leader ? [] : exchange.recall((work) => isRepeatable(work)),
    );
  }

  /** Sends what has gathered, as far as the windows are open, and acknowledges what has come. */
  settle(now: number): void {
    for (const [peer, exchange] of this.#exchanges) {
      const { window } = exchange;
      window.pass(now);
      if (window.isOpen && exchange.works.length > 0) {
        const works = exchange.works.filter(({ isDone }) => !isDone);
        const count = pour(
          works,
          window,
          ({ request }) => unitsOf(request),
          now,
          (batch) => this.#sendForward(peer, exchange, batch),
        );
        exchange.works = works.slice(count);
      }
      if (window.isOpen && exchange.answers.length > 0) {
        const count = pour(
          exchange.answers,
          window,
          ({ answer }) => unitsOf(answer),
          now,
          (answers) => this.#effects.send({ peer }, { kind: "answered", answers }),
        );
        exchange.answered(count);
      }
      const units = window.owed();
      if (units > 0) this.#effects.send({ peer }, { kind: "taken", units });
    }
  }

  #sendForward(peer: PeerId, { sent }: Exchange, works: readonly Work[]): void {
    const changes: { number: number; once: Once | null; operation: OrderedOperation }[] = [];
    const queries: { number: number; query: Query }[] = [];
    for (const work of works) {
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
    this.#effects.send({ peer }, { kind: "forward", changes, queries });
  }
}

/** What the leader answers to a request that it cannot do as it does not lead: the peer that sent it on tries elsewhere. */
export const NOT_LEADING = failed("no-leader", "this peer does not lead", true);

/** Sends items in batches while a window is open; how many have gone. */
function pour<T>(
  items: readonly T[],
  window: Window,
  unitsOfItem: (item: T) => number,
  now: number,
  send: (batch: readonly T[]) => void,
): number {
  let gone = 0;
  while (window.isOpen && gone < items.length) {
    const { batch, units } = batchFrom(items, gone, unitsOfItem);
    window.send(units, now);
    send(batch);
    gone += batch.length;
  }
  return gone;
}

/** The items from `first` on that fit one message: one at least. */
function batchFrom<T>(
  items: readonly T[],
  first: number,
  unitsOfItem: (item: T) => number,
): { readonly batch: readonly T[]; readonly units: number } {
  const batch: T[] = [];
  let units = 0;
  for (let item = items[first]; item !== undefined && batch.length < MAX_BATCH; item = items[first + batch.length]) {
    const more = unitsOfItem(item);
    if (batch.length > 0 && units + more > MAX_BATCH_UNITS) break;
    batch.push(item);
    units += more;
  }
  return { batch, units };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
