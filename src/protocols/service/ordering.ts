import type { Effects } from "../../core/effects.ts";
import {
  type Answer,
  failed,
  isBrokerOperation,
  isLockOperation,
  isQuery,
  MAX_COMMAND_BYTES,
  type OrderedOperation,
  type Query,
} from "../../core/request.ts";
import type { Delivered, OrderEvent } from "../../core/total-order.ts";
import { decode, encode } from "../../wire/codec.ts";
import { command as commandCodec } from "../../wire/request.ts";
import type { ServiceSpeech } from "./message.ts";
import { OpenWorks, type Work } from "./work.ts";

type Told<K extends OrderEvent["kind"]> = Extract<OrderEvent, { readonly kind: K }>;

/** A change in the order whose outcome is open. */
interface Proposal {
  /** The term in which it was put there: an entry of another term in its place means that it is in no log any more. */
  readonly term: number;
  readonly work: Work;
}

/** A query that waits until all up to `index` is applied, the change before it is done, and its answer has room. */
interface Waiting {
  readonly index: number;
  readonly work: Work;
}

/**
 * What a peer that leads does with requests: changes go into the order, all of one step together; queries wait until
 * it is sure that this peer still leads, one round for all that have come meanwhile. On every peer it applies what is
 * delivered.
 */
export class Ordering {
  readonly #options: ServiceSpeech["options"];
  readonly #effects: Effects<ServiceSpeech>;
  #ticket = 0;
  #changes: Work[] = [];
  readonly #queries = new OpenWorks();
  readonly #proposing = new Map<number, readonly Work[]>();
  readonly #proposals = new Map<number, Proposal>();
  /** The queries that are being made linearizable; null while none are. */
  #reading: { readonly ticket: number; readonly works: readonly Work[] } | null = null;
  #waiting: Waiting[] = [];
  #appliedIndex = 0;
  /** Locks of which something was applied in this step. */
  readonly #changedLocks = new Set<string>();
  /** Whether something of the broker was. */
  #hasBrokerChanged = false;
  /** The latest term of which an entry was delivered. */
  #deliveredTerm = 0;
  /** Gives a work back of which nothing more is heard here. */
  readonly #giveBack: (work: Work) => void;
  /** Gives a work back that was not taken, as this peer does not lead. */
  readonly #putOff: (work: Work) => void;

  constructor(
    options: ServiceSpeech["options"],
    effects: Effects<ServiceSpeech>,
    back: { readonly giveBack: (work: Work) => void; readonly putOff: (work: Work) => void },
  ) {
    this.#options = options;
    this.#effects = effects;
    this.#giveBack = back.giveBack;
    this.#putOff = back.putOff;
  }

  /** The index up to which the state machine has applied the order. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  /** Takes a request for the order. */
  take(work: Work): void {
    work.place = this;
    if (isQuery(work.request)) this.#queries.add(work);
    else this.#changes.push(work);
  }

  /** Answers what can be answered, and asks the order for what has gathered. */
  settle(): void {
    if (this.#changedLocks.size > 0) this.#tellLocks();
    if (this.#hasBrokerChanged) this.#tellBroker();
    if (this.#waiting.length > 0) this.#answerWaiting();
    if (this.#changes.length > 0) this.#propose();
    if (this.#reading === null && this.#queries.first !== undefined) this.#askToRead();
  }

  /** The order has something to tell. */
  hear(told: OrderEvent): void {
    switch (told.kind) {
      case "proposed":
        return this.#proposed(told);
      case "not-proposed":
        return this.#notProposed(told);
      case "readable":
        return this.#readable(told);
      case "not-readable":
        return this.#notReadable(told);
      case "delivered":
        for (const entry of told.entries) this.#deliver(entry);
        return;
      case "snapshot-installed":
        return this.#restore(told);
      case "snapshot-wanted":
        return this.#order({
          kind: "compact",
          index: this.#appliedIndex,
          snapshot: this.#options.machine.snapshot(),
        });
      case "order-forgotten":
        this.#appliedIndex = 0;
        this.#deliveredTerm = 0;
        this.#options.machine.clear();
        this.#tellAll();
        this.#giveUp(Number.POSITIVE_INFINITY);
    }
  }

  #propose(): void {
    const works: Work[] = [];
    const commands: Uint8Array[] = [];
    for (const work of this.#changes) {
      if (work.isDone) continue;
      const command = this.#encode(work);
      if (command.length > MAX_COMMAND_BYTES) {
        work.answer(failed("too-large", `a command has ${MAX_COMMAND_BYTES} bytes at most`, true));
        continue;
      }
      works.push(work);
      commands.push(command);
    }
    this.#changes = [];
    if (works.length === 0) return;
    this.#ticket += 1;
    this.#proposing.set(this.#ticket, works);
    this.#order({ kind: "propose", ticket: this.#ticket, commands });
  }

  #encode({ request, once }: Work): Uint8Array {
    const { keepVersions, lamport, salt } = this.#options;
    // Queries never come here.
    const operation = request as OrderedOperation;
    return encode(commandCodec, { lamport: lamport(), keepVersions, salt: salt(), once, operation });
  }

  #proposed({ ticket, first, term }: Told<"proposed">): void {
    const works = this.#takeProposing(ticket);
    for (const [at, work] of works.entries()) {
      work.risks += 1;
      const index = first + at;
      const before = this.#proposals.get(index);
      this.#proposals.set(index, { term, work });
      // It was cut from the log here; whether it is in another one nobody knows.
      if (before !== undefined) this.#giveBack(before.work);
    }
  }

  #notProposed({ ticket, because }: Told<"not-proposed">): void {
    for (const work of this.#takeProposing(ticket)) this.#turnAway(work, because);
  }

  #takeProposing(ticket: number): readonly Work[] {
    const works = this.#proposing.get(ticket) ?? [];
    this.#proposing.delete(ticket);
    return works;
  }

  #turnAway(work: Work, because: "not-leader" | "busy"): void {
    if (because === "not-leader") this.#putOff(work);
    else work.answer(failed("busy", "too much is under way: try again", work.risks === 0));
  }

  #askToRead(): void {
    this.#ticket += 1;
    this.#reading = { ticket: this.#ticket, works: this.#queries.takeAll() };
    this.#order({ kind: "read", ticket: this.#ticket });
  }

  #readable({ ticket, index }: Told<"readable">): void {
    for (const work of this.#takeReading(ticket)) this.#waiting.push({ index, work });
  }

  #notReadable({ ticket, because }: Told<"not-readable">): void {
    for (const work of this.#takeReading(ticket)) this.#turnAway(work, because);
  }

  #takeReading(ticket: number): readonly Work[] {
    if (this.#reading?.ticket !== ticket) return [];
    const { works } = this.#reading;
    this.#reading = null;
    return works;
  }

  #answerWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      const { index, work } = each;
      if (work.isDone) continue;
      if (work.origin.isGone) work.answer(NOBODY_ASKS);
      // A client that pipelines sees its own changes; one that is, or was, done elsewhere may not have come here.
      else if (work.behind !== null && work.behind.place !== this) this.#giveBack(work);
      else if (index > this.#appliedIndex || work.behind?.isDone === false || !work.origin.hasRoom)
        this.#waiting.push(each);
      // Only queries wait.
      else work.answer(this.#options.machine.query(work.request as Query));
    }
  }

  #deliver({ index, term, command }: Delivered): void {
    this.#appliedIndex = index;
    const answer = command === null ? null : this.#apply(command, index);
    const proposal = this.#proposals.get(index);
    if (proposal?.term === term && answer !== null) {
      this.#proposals.delete(index);
      proposal.work.answer(answer);
    } else if (proposal !== undefined) this.#supersede(index, proposal.work);
    if (term > this.#deliveredTerm) this.#enterTerm(term);
  }

  /** Terms never fall along a log: what was put behind an entry of a later term, in an earlier one, is in no log. */
  #enterTerm(term: number): void {
    this.#deliveredTerm = term;
    for (const [index, proposal] of this.#proposals) if (proposal.term < term) this.#supersede(index, proposal.work);
  }

  /** Another entry stands in its place for ever, so this one is in no log: it did not happen, and can still. */
  #supersede(index: number, work: Work): void {
    this.#proposals.delete(index);
    work.risks -= 1;
    this.#giveBack(work);
  }

  #apply(bytes: Uint8Array, index: number): Answer | null {
    const decoded = decode(commandCodec, bytes);
    // On every peer the same: what makes no sense changes nothing.
    if (decoded.kind !== "value") return null;
    const { operation } = decoded.value;
    if (isLockOperation(operation)) this.#changedLocks.add(operation.name);
    else if (isBrokerOperation(operation)) this.#hasBrokerChanged = true;
    return this.#options.machine.apply(decoded.value, index);
  }

  #tellLocks(): void {
    const { machine, peer } = this.#options;
    const changes = [...this.#changedLocks].map((name) => ({ name, row: machine.lock(name) }));
    this.#changedLocks.clear();
    this.#effects.event({ kind: "locks-changed", all: false, changes });
    // Whoever waits for a lock elsewhere learns from the order alone that it is the holder.
    if (changes.some(({ row }) => row !== null && row.holder.owner !== peer)) this.#order({ kind: "tell" });
  }

  #tellBroker(): void {
    this.#hasBrokerChanged = false;
    this.#effects.event({ kind: "broker-changed", table: this.#options.machine.broker() });
  }

  /** The whole state is another one. */
  #tellAll(): void {
    this.#tellBroker();
    const changes = this.#options.machine.locks().map((row) => ({ name: row.name, row }));
    this.#changedLocks.clear();
    this.#effects.event({ kind: "locks-changed", all: true, changes });
  }

  #restore({ index, snapshot }: Told<"snapshot-installed">): void {
    if (!this.#options.machine.restore(snapshot)) throw new UnreadableSnapshot(index);
    this.#appliedIndex = index;
    this.#tellAll();
    this.#giveUp(index);
  }

  /** What became of changes up to `index` is not known here any more; whoever can ask again without harm does. */
  #giveUp(upTo: number): void {
    for (const [index, { work }] of this.#proposals) {
      if (index > upTo) continue;
      this.#proposals.delete(index);
      this.#giveBack(work);
    }
  }

  #order(command: Extract<ServiceSpeech["event"], { kind: "order-wanted" }>["command"]): void {
    this.#effects.event({ kind: "order-wanted", command });
  }
}

const NOBODY_ASKS = failed("timed-out", "whoever asked is gone", true);

/** The state of the cluster was written by a program that this one does not understand. */
class UnreadableSnapshot extends Error {
  constructor(index: number) {
    super(`the snapshot of the log up to ${index} makes no sense here: upgrade this peer`);
    this.name = "UnreadableSnapshot";
  }
}
