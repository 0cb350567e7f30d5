import type { Address } from "../../src/core/address.ts";
import { NO_CLUSTER, type PeerId, parsePeerId } from "../../src/core/peer-id.ts";
import type { PeerEffect, PeerInput, PeerOptions } from "../../src/peer/machine.ts";
import { Peer } from "../../src/peer/peer.ts";
import type { AnyMessage, AnyRecord } from "../../src/peer/registry.ts";
import { helloOf } from "../protocols/link/scene.ts";

export type MessageEffect = Extract<PeerEffect, { readonly kind: "message" }>;

/** The ID of the n-th peer; this peer is the fifth. */
export function idOf(n: number): PeerId {
  const id = parsePeerId(n.toString(16).padStart(16, "0"));
  if (id === undefined) throw new Error("no ID");
  return id;
}

export const addressOf = (n: number): Address => `127.0.0.1:${7000 + n}` as Address;

/** One whole peer and its disk, which saves when a test says so. */
export class PeerBench {
  readonly options: PeerOptions;
  /** What is on disk. */
  readonly disk: AnyRecord[];
  /** Messages that have left, oldest first. */
  readonly sent: MessageEffect[] = [];
  /** Everything else that was asked for, saves apart. */
  readonly asked: Exclude<PeerEffect, MessageEffect>[] = [];
  now = 1000;
  peer: Peer;
  #unsaved: { readonly records: readonly AnyRecord[]; readonly token: number }[] = [];
  #lastSession = 0;

  constructor(changes: Partial<PeerOptions> = {}, disk: readonly AnyRecord[] = []) {
    this.options = {
      id: idOf(5),
      name: "five",
      address: addressOf(5),
      seed: 1,
      found: true,
      seeds: [],
      scan: [],
      ...changes,
    };
    this.disk = [...disk];
    this.peer = new Peer(this.options, this.disk, this.now);
  }

  /** Saves that the disk has not acknowledged. */
  get unsaved(): number {
    return this.#unsaved.length;
  }

  /** The highest Lamport time that the disk allows. */
  get ceiling(): number {
    const ceilings = this.disk.map((entry) =>
      entry.protocol === "peer" && entry.record.kind === "lamport" ? entry.record.ceiling : 0,
    );
    return Math.max(0, ...ceilings);
  }

  step(input: PeerInput): readonly PeerEffect[] {
    const effects = this.peer.step(input, this.now);
    for (const effect of effects) {
      if (effect.kind === "message") this.sent.push(effect);
      else if (effect.kind === "save") this.#unsaved.push(effect);
      else this.asked.push(effect);
    }
    return effects;
  }

  /** Begins, and has all of the beginning on disk. */
  begin(): this {
    this.step({ kind: "timeout" });
    this.saveAll();
    return this;
  }

  /** The disk acknowledges the oldest `count` saves. */
  save(count: number): void {
    const done = this.#unsaved.splice(0, count);
    for (const { records } of done) this.disk.push(...records);
    const last = done.at(-1);
    if (last !== undefined) this.step({ kind: "saved", upTo: last.token });
  }

  saveAll(): void {
    while (this.#unsaved.length > 0) this.save(this.#unsaved.length);
  }

  /** Lets time pass; the peer is woken whenever it wants to be, and the disk keeps up. */
  pass(ms: number): void {
    const end = this.now + ms;
    while (this.peer.deadline <= end) {
      this.now = Math.max(this.now, this.peer.deadline);
      this.step({ kind: "timeout" });
      this.saveAll();
    }
    this.now = end;
  }

  /** The process ends as at a power cut and starts again from its disk. */
  restart(): void {
    this.#unsaved = [];
    this.sent.length = 0;
    this.asked.length = 0;
    this.peer = new Peer({ ...this.options, found: false }, this.disk, this.now);
  }

  /** The n-th peer dials us and says HELLO; its session. */
  greetedBy(n: number): number {
    this.#lastSession += 2;
    const session = this.#lastSession;
    this.step({ kind: "session-up", session, address: `127.0.0.1:${40_000 + session}` as Address });
    const message = helloOf(
      { peer: idOf(n), address: addressOf(n), name: `peer ${n}` },
      { cluster: NO_CLUSTER, dials: session },
    );
    this.step({ kind: "message", session, envelope: null, content: { protocol: "link", message } });
    return session;
  }

  /** A message comes on a connection. */
  hear(session: number, content: AnyMessage, lamport = 1, sequence = 1): readonly PeerEffect[] {
    return this.step({ kind: "message", session, content, envelope: { lamport, sequence } });
  }

  /** What of the n-th session's messages has left: their kinds. */
  saidOn(session: number): string[] {
    return this.sent.flatMap((message) => (message.session === session ? [message.content.message.kind] : []));
  }
}
