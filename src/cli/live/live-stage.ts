import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { StartError } from "../../runtime/start-error.ts";
import type { Conditions } from "../../sim/network/conditions.ts";
import type { ClockChange, Coming, Name, Scene, SceneEvent, Statement } from "../../sim/script/script.ts";
import type { Stage, Told } from "../../sim/script/stage.ts";
import { isRoutine } from "./headless-line.ts";
import { LiveLinks } from "./live-links.ts";
import { SCRIPT } from "./live-peer.ts";
import { type LiveOptions, LivePeers } from "./live-peers.ts";
import { refusalOf } from "./refusals.ts";

/** Processes at a time. */
const MAX_PEERS = 20;

/** Events that are kept: a script that lets more happen ends. */
const MAX_EVENTS = 500_000;

/**
 * Real processes as the stage of a script. Time is real, so what a script looks at is a little older than now: peers
 * tell their events as they happen, and are looked at all the time. Close it, whatever happened.
 */
export class LiveStage implements Stage {
  readonly #names: readonly Name[];
  readonly #signal: AbortSignal;
  readonly #peers: LivePeers;
  readonly #links: LiveLinks;
  readonly #events: SceneEvent[] = [];
  readonly #startedAt = performance.now();
  /** Why the script cannot go on. */
  #failure: StartError | null = null;
  #wake: () => void = () => {};

  /** @param signal aborted, the processes end, and the script cannot go on */
  constructor(options: LiveOptions, signal: AbortSignal) {
    this.#names = options.names;
    this.#signal = signal;
    this.#peers = new LivePeers(options, {
      told: (peer, event) => this.#note(peer, event),
      changed: () => this.#wake(),
      failed: (error) => this.#fail(error),
    });
    this.#links = new LiveLinks((name) => this.#peers.find(name));
    signal.addEventListener("abort", this.#interrupt);
    if (signal.aborted) this.#interrupt();
  }

  /** Why the script could not go on, in one line; null where it could. */
  get failure(): string | null {
    return this.#failure?.message ?? null;
  }

  refuses(statement: Statement): string | null {
    const { length } = this.#names;
    const isTooMany = statement.kind === "start" && length > MAX_PEERS;
    return refusalOf(statement) ?? (isTooMany ? `live, ${MAX_PEERS} peers at most, not ${length}` : null);
  }

  picture(view: PeerView): PeerView {
    return view;
  }

  scene(): Scene {
    const peers = this.#peers.all;
    return {
      now: this.#now,
      names: peers.map(({ name }) => name),
      view: (name) => this.#peers.find(name)?.view ?? null,
      nameOf: (id: PeerId) => peers.find(({ ids }) => ids.includes(id))?.name,
      nameAt: (address: Address) => peers.find((peer) => peer.address === address)?.name,
      events: this.#events,
      history: () => [],
      followed: () => null,
    };
  }

  async start(peer: Name, coming: Coming): Promise<void> {
    await this.#ready();
    await this.#peers.start(peer, coming);
  }

  async recover(peer: Name): Promise<void> {
    await this.#ready();
    await this.#peers.recover(peer);
    // Its faults ended with the process, and others may know it by another ID now.
    this.#links.doubt();
    await this.#ready();
  }

  async leave(peer: Name): Promise<void> {
    await this.#ready();
    await this.#peers.get(peer).leave();
  }

  async crash(peer: Name): Promise<void> {
    await this.#ready();
    // Not waited for: in the milliseconds until it is gone, whoever crashes with it could see it crash.
    void this.#peers.get(peer).kill();
  }

  async pause(peer: Name): Promise<void> {
    await this.#ready();
    this.#peers.get(peer).pause();
  }

  async resume(peer: Name): Promise<void> {
    await this.#ready();
    await this.#peers.get(peer).resume();
    await this.#ready();
  }

  link(from: Name, to: Name, change: Partial<Conditions>): void {
    this.#links.change(from, to, change);
  }

  mend(from: Name, to: Name): void {
    this.#links.mend(from, to);
  }

  heal(): void {
    this.#links.heal();
  }

  disk(): void {
    assert(false, "changes of disks are refused");
  }

  slow(): void {
    assert(false, "slow workers are refused");
  }

  async clock(name: Name, change: ClockChange): Promise<void> {
    await this.#ready();
    const peer = this.#peers.get(name);
    const line = change.kind === "rate" ? `skew ${peer.id} ${change.rate}x` : `jump ${peer.id} ${change.aheadMs}ms`;
    await peer.orderWhenAwake(line);
  }

  async enter(name: Name, line: string): Promise<Told> {
    await this.#ready();
    const peer = this.#peers.get(name);
    if (peer.isPaused) return { ok: false, text: `${name} is stopped, so nothing can be said to it` };
    const told = await peer.say(line);
    // It may have healed what the script has broken.
    this.#links.doubt();
    return told;
  }

  deliver(): void {
    assert(false, "closures are refused");
  }

  async runUntil(holds: () => boolean, limitMs: number): Promise<boolean> {
    await this.#ready();
    const held = await this.#wait(holds, limitMs);
    // What the next statement looks at is no older than this.
    await Promise.all(this.#peers.all.map((peer) => peer.look()));
    return held;
  }

  /** A text in which peers are called as the script calls them, wherever it says where they listen. */
  inNames(text: string): string {
    return this.#peers.inNames(text);
  }

  /** Ends every process and removes all that they have left; settles when that is done. */
  async close(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#interrupt);
    await this.#peers.close();
  }

  get #now(): number {
    return performance.now() - this.#startedAt;
  }

  /** Whatever is done next, first the links become what the script has made of them. */
  async #ready(): Promise<void> {
    this.#check();
    await this.#links.apply();
  }

  /** @throws StartError where the script cannot go on */
  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  async #wait(holds: () => boolean, limitMs: number): Promise<boolean> {
    const deadline = this.#now + limitMs;
    for (let leftMs = limitMs; !holds(); leftMs = deadline - this.#now) {
      if (leftMs <= 0) return false;
      await this.#news(leftMs);
      this.#check();
    }
    return true;
  }

  /** Settles when something is told or shown, or so much time has passed. */
  #news(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #note(peer: Name, event: SceneEvent["event"]): void {
    if (this.#events.length >= MAX_EVENTS)
      return this.#fail(new StartError(`more than ${MAX_EVENTS} events were told`));
    // A fault that the script itself sets is no news: the story tells the statement.
    const isOurs = (event.kind === "fault-set" || event.kind === "fault-ended") && event.by === SCRIPT;
    this.#events.push({ at: this.#now, peer, event, routine: isOurs || isRoutine(event.kind) });
    this.#wake();
  }

  #fail(error: StartError): void {
    this.#failure ??= error;
    this.#wake();
  }

  readonly #interrupt = (): void => {
    this.#fail(new StartError("interrupted"));
    for (const peer of this.#peers.all) void peer.kill();
  };
}
