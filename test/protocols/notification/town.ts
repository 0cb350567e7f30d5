import { type PeerId, parsePeerId } from "../../../src/core/peer-id.ts";
import type { SessionId } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { NOTIFICATION_DEFAULTS, notification } from "../../../src/protocols/notification/definition.ts";
import type { NotificationSpeech, NotificationView, Spreading } from "../../../src/protocols/notification/message.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import type { Conditions } from "../../../src/sim/network/conditions.ts";
import type { GossipApi } from "../../../src/wire/gossip-api.ts";

/** The data type of most tests. */
export const TYPE = 1337;

type Options = NotificationSpeech["options"];

/** What a program answers to a notification: null for nothing at all. */
export type Judge = (data: string, messageId: number) => boolean | null;

/** A local program of a town, and all that it was told. */
export interface Told {
  readonly peer: number;
  readonly session: SessionId;
  readonly judge: Judge;
  readonly data: string[];
  readonly messageIds: number[];
  /** Why its connection was closed; null while it stands. */
  closed: string | null;
  /** Whether what it says is read. */
  isRead: boolean;
}

/** Machines of notification in virtual time, and local programs at them. */
export class Town {
  readonly ensemble: Ensemble<NotificationSpeech>;
  readonly programs: Told[] = [];
  #clock = 1;

  readonly size: number;

  constructor(
    size: number,
    settings: { seed?: number; network?: Partial<Conditions>; options?: Partial<Options> } = {},
  ) {
    this.size = size;
    const { seed = 1, network = {}, options = {} } = settings;
    this.ensemble = new Ensemble(notification, { seed, network, diskMs: [0, 0], encoded: false, keepEvents: false });
    this.ensemble.onAside = (peer, effect) => this.#aside(peer, effect);
    for (let i = 0; i < size; i++) this.ensemble.add(idOf(i), this.#options(i, options));
    this.ensemble.run(5);
  }

  /** Starts a program at a peer, which subscribes some types. */
  program(peer: number, dataTypes: readonly number[] = [TYPE], judge: Judge = () => true): Told {
    const session = 2 * (this.programs.length + 1);
    const told: Told = { peer, session, judge, data: [], messageIds: [], closed: null, isRead: true };
    this.programs.push(told);
    const up = { kind: "session", session, up: true, address: "127.0.0.1:50000" as never } as const;
    this.ensemble.input(idOf(peer), up);
    if (dataTypes.length > 0) this.say(told, ...dataTypes.map((dataType) => ({ kind: "notify", dataType }) as const));
    return told;
  }

  /** A program says something, in one go. */
  say({ peer, session }: Told, ...said: readonly GossipApi[]): void {
    this.ensemble.input(idOf(peer), { kind: "message", from: { session }, message: { kind: "talk", said } });
  }

  announce(program: Told, text: string, { ttl = 0, dataType = TYPE } = {}): void {
    this.say(program, { kind: "announce", ttl, dataType, data: Buffer.from(text) });
  }

  hangUp(told: Told): void {
    told.closed = "hung up";
    this.ensemble.input(idOf(told.peer), { kind: "session", session: told.session, up: false, reason: "closed" });
  }

  /** A peer says something to another that it would not say by itself. */
  forge(from: number, to: number, message: Spreading): void {
    this.ensemble.input(idOf(to), { kind: "message", from: { peer: idOf(from) }, message });
  }

  /** A peer is gone, and with it the connections of its programs. */
  crash(peer: number): void {
    this.ensemble.crash(idOf(peer));
    for (const told of this.programs) if (told.peer === peer) told.closed ??= "crashed";
  }

  /** A peer that has crashed begins its next life. */
  restart(peer: number): void {
    this.ensemble.restart(idOf(peer));
  }

  /** Both ends see the link between two peers break, or come up. */
  link(a: number, b: number, up: boolean): void {
    this.ensemble.linkAt(idOf(a), idOf(b), up);
    this.ensemble.linkAt(idOf(b), idOf(a), up);
  }

  view(peer: number): NotificationView {
    return this.ensemble.machine(idOf(peer)).view();
  }

  run(ms: number): void {
    this.ensemble.run(ms);
  }

  /** The Lamport time, of which a town has one. */
  get time(): number {
    return this.#clock;
  }

  /** Copies of notices that were sent so far, all peers together. */
  get copies(): number {
    return Array.from({ length: this.size }, (_, i) => this.view(i).counts.sent).reduce((a, b) => a + b, 0);
  }

  #options(peer: number, options: Partial<Options>): Options {
    const lamport = (): number => this.#clock++;
    let lives = 0;
    return { ...NOTIFICATION_DEFAULTS, peer: idOf(peer), life: () => ++lives, lamport, ...options };
  }

  #aside(peer: PeerId, effect: Parameters<Ensemble<NotificationSpeech>["onAside"]>[1]): void {
    const session = effect.kind === "send" ? ("session" in effect.to ? effect.to.session : -1) : effect.session;
    const told = this.programs.find((program) => program.session === session && idOf(program.peer) === peer);
    if (told === undefined) return;
    if (effect.kind === "close") told.closed = effect.reason;
    else if (effect.kind === "reading") told.isRead = effect.on;
    else if (effect.kind === "send" && effect.message.kind === "talk") this.#hear(told, effect.message.said);
  }

  #hear(told: Told, said: readonly GossipApi[]): void {
    const answers: GossipApi[] = [];
    for (const message of said) {
      if (message.kind !== "notification") throw new Error(`a program was told ${message.kind}`);
      const data = Buffer.from(message.data).toString();
      told.data.push(data);
      told.messageIds.push(message.messageId);
      const valid = told.judge(data, message.messageId);
      if (valid !== null) answers.push({ kind: "validation", messageId: message.messageId, valid });
    }
    if (answers.length > 0) this.say(told, ...answers);
  }
}

/** The ID of a peer of a town. */
export function idOf(peer: number): PeerId {
  const id = parsePeerId((peer + 1).toString(16).padStart(16, "0"));
  if (id === undefined) throw new Error("no ID");
  return id;
}

/** Texts that are all different. */
export function texts(count: number, seed = 1): readonly string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => `${i}:${random.below(2 ** 32).toString(36)}`);
}
