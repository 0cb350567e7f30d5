import type { SessionId } from "../../core/protocol.ts";
import type { GossipApi } from "../../wire/gossip-api.ts";
import type { Entry } from "./entry.ts";
import { MAX_TYPES, type NotificationSpeech, type NotificationView } from "./message.ts";
import { Program } from "./programs.ts";

/** Programs that are shown. */
const MAX_SHOWN = 64;

type Limits = Pick<NotificationSpeech["options"], "queueSize" | "queueBytes" | "programRate" | "validationTimeoutMs">;

/** Who is notified at this peer: local programs and the person at it, and what each of them subscribes. */
export class Audience {
  readonly #limits: Limits;
  readonly #programs = new Map<SessionId, Program>();
  readonly #byType = new Map<number, Set<Program>>();
  readonly #person = new Set<number>();
  /** All types that somebody here subscribes, ascending; null while that must be found out anew. */
  #types: readonly number[] | null = [];
  #personDelivered = 0;
  /** No notification is overdue before this; perhaps none is then. */
  #deadline = Number.POSITIVE_INFINITY;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get programs(): IterableIterator<Program> {
    return this.#programs.values();
  }

  program(session: SessionId): Program | undefined {
    return this.#programs.get(session);
  }

  connect(session: SessionId, now: number): void {
    this.#programs.set(session, new Program(session, this.#limits, this.#limits.programRate, now));
  }

  /** A program is gone. */
  disconnect(program: Program): void {
    this.#programs.delete(program.session);
    this.#types = null;
    for (const dataType of program.dataTypes) this.#leave(dataType, program);
  }

  /** Whether a program may subscribe a type, and does from now on. */
  subscribe(program: Program, dataType: number): boolean {
    if (!this.subscribes(dataType) && this.#countTypes() >= MAX_TYPES) return false;
    if (!program.subscribe(dataType)) return false;
    const programs = this.#byType.get(dataType) ?? new Set();
    this.#byType.set(dataType, programs.add(program));
    this.#types = null;
    return true;
  }

  /** The person here wants to see a type, or no more; whether that changes anything. */
  show(dataType: number, wanted: boolean): boolean {
    this.#types = null;
    if (!wanted) return this.#person.delete(dataType);
    if (this.#person.has(dataType) || this.#countTypes() >= MAX_TYPES) return false;
    this.#person.add(dataType);
    return true;
  }

  /** Whether the person here subscribes a type. */
  isShown(dataType: number): boolean {
    return this.#person.has(dataType);
  }

  /** Whether anybody here subscribes a type. */
  subscribes(dataType: number): boolean {
    return this.#person.has(dataType) || this.#byType.has(dataType);
  }

  /** All types that somebody here subscribes, ascending. */
  types(): readonly number[] {
    this.#types ??= [...new Set([...this.#person, ...this.#byType.keys()])].sort((a, b) => a - b);
    return this.#types;
  }

  /**
   * Notifies everybody of an entry who subscribes its type, except the program that announced it. Those for whom too much
   * waits already are answered: they are to be disconnected.
   */
  notify(entry: Entry, announcer: SessionId | null, now: number): readonly Program[] {
    const { dataType } = entry.notice;
    if (this.#person.has(dataType)) this.#personDelivered += 1;
    const programs = this.#byType.get(dataType);
    if (programs === undefined) return [];
    const deadline = now + this.#limits.validationTimeoutMs;
    this.#deadline = Math.min(this.#deadline, deadline);
    const tooSlow: Program[] = [];
    for (const program of programs) {
      if (program.session === announcer) continue;
      if (program.notify(entry, deadline)) entry.waiting += 1;
      else tooSlow.push(program);
    }
    return tooSlow;
  }

  /** Takes the notifications that should have been answered by now. */
  takeOverdue(now: number): readonly Entry[] {
    if (now < this.#deadline) return [];
    const overdue = [...this.#programs.values()].flatMap((program) => program.takeOverdue(now));
    this.#deadline = Math.min(...Array.from(this.#programs.values(), ({ deadline }) => deadline));
    return overdue;
  }

  /** This process stood still: nobody had a chance to answer. */
  postpone(byMs: number): void {
    this.#deadline += byMs;
    for (const program of this.#programs.values()) program.postpone(byMs);
  }

  /** What each program is to be told, once. */
  *takeTelling(): IterableIterator<{ readonly session: SessionId; readonly said: readonly GossipApi[] }> {
    for (const program of this.#programs.values()) {
      const said = program.takeTelling();
      if (said.length > 0) yield { session: program.session, said };
    }
  }

  /** Those who subscribe something, the person here first. */
  view(): NotificationView["subscribers"] {
    const person = {
      session: null,
      dataTypes: [...this.#person],
      queued: 0,
      queuedBytes: 0,
      delivered: this.#personDelivered,
    };
    const programs = [...this.#programs.values()].map(({ session, dataTypes, queued, queuedBytes, delivered }) => ({
      session,
      dataTypes: [...dataTypes],
      queued,
      queuedBytes,
      delivered,
    }));
    return [person, ...programs].filter(({ dataTypes }) => dataTypes.length > 0).slice(0, MAX_SHOWN);
  }

  /** How many here subscribe a type. */
  countOf(dataType: number): number {
    return (this.#byType.get(dataType)?.size ?? 0) + (this.#person.has(dataType) ? 1 : 0);
  }

  #leave(dataType: number, program: Program): void {
    const programs = this.#byType.get(dataType);
    programs?.delete(program);
    if (programs?.size === 0) this.#byType.delete(dataType);
  }

  #countTypes(): number {
    return this.#byType.size + this.#person.size;
  }
}
