import type { Effects } from "../../core/effects.ts";
import type { ElectionMessage } from "../../core/election.ts";
import { ElectionMessages } from "../../core/election-messages.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { BullyMessage, BullySpeech } from "./message.ts";
import type { Office } from "./office.ts";
import type { Participants } from "./participants.ts";

type Claim = Extract<BullyMessage, { readonly kind: "coordinator" | "heartbeat" }>;

/** What this peer says, counted; and what was said in the latest election, sent or received. */
export class Voice {
  readonly #effects: Effects<BullySpeech>;
  readonly #options: BullySpeech["options"];
  readonly #office: Office;
  readonly #others: Participants;
  readonly #messages = new ElectionMessages();
  #notedAt = 0;
  #sent = 0;
  #heartbeats = 0;

  constructor(
    effects: Effects<BullySpeech>,
    options: BullySpeech["options"],
    { office, others }: { readonly office: Office; readonly others: Participants },
  ) {
    this.#effects = effects;
    this.#options = options;
    this.#office = office;
    this.#others = others;
  }

  /** Messages of elections that were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Heartbeats that were sent. */
  get heartbeats(): number {
    return this.#heartbeats;
  }

  /** The latest election, oldest message first. */
  get messages(): readonly ElectionMessage[] {
    return this.#messages.all;
  }

  /** Asks these peers whether they object to this one. */
  stand(asked: readonly PeerId[], now: number): void {
    for (const peer of asked) this.#say(peer, { kind: "election", priority: this.#options.priority }, now);
  }

  /** Answers one that stands. */
  answer(to: PeerId, objects: boolean, now: number): void {
    this.#say(to, { kind: "answer", priority: this.#options.priority, objects }, now);
  }

  /** Tells peers that this one leads, and for how long each has to let it. */
  claim(kind: Claim["kind"], to: readonly PeerId[], now: number): void {
    const { priority } = this.#options;
    const over = this.#office.over(now);
    for (const peer of to) this.#say(peer, { kind, priority, over, holdMs: this.#others.holdMs(peer, now) }, now);
  }

  /** Tells peers that this one leads no more. */
  resign(to: readonly PeerId[], now: number): void {
    for (const peer of to) this.#say(peer, { kind: "resign" }, now);
  }

  /** A peer said something. */
  heard(from: PeerId, message: BullyMessage, now: number): void {
    this.#note(from, this.#options.peer, message, now);
  }

  #say(to: PeerId, message: BullyMessage, now: number): void {
    if (message.kind === "heartbeat") this.#heartbeats += 1;
    else this.#sent += 1;
    this.#note(this.#options.peer, to, message, now);
    this.#effects.send({ peer: to }, message);
  }

  /** Heartbeats belong to no election. What comes after a silence as long as an election may take belongs to another one. */
  #note(from: PeerId, to: PeerId, message: BullyMessage, now: number): void {
    if (message.kind === "heartbeat") return;
    if (now - this.#notedAt >= this.#options.leaderTimeoutMs) this.#messages.begin();
    this.#notedAt = now;
    this.#messages.note({ at: now, from, to, kind: message.kind, text: textOf(message) });
  }
}

/** What a message says, in a few words. */
function textOf(message: Exclude<BullyMessage, { readonly kind: "heartbeat" }>): string {
  switch (message.kind) {
    case "election":
      return `priority ${message.priority}`;
    case "answer":
      return `priority ${message.priority}, ${message.objects ? "objects" : "does not object"}`;
    case "coordinator":
      return `priority ${message.priority}${message.holdMs > 0 ? `, for ${message.holdMs} ms at least` : ""}`;
    case "resign":
      return "";
  }
}
