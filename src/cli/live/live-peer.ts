import { setTimeout as delay } from "node:timers/promises";
import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { StartError } from "../../runtime/start-error.ts";
import type { Name, SceneEvent } from "../../sim/script/script.ts";
import type { ControlAnswer } from "../../wire/control-message.ts";
import { askPeer } from "../ask-peer.ts";
import { fetchView } from "../fetch-view.ts";
import { readHeadlessLine } from "./headless-line.ts";
import { PeerProcess } from "./peer-process.ts";

/** What sets faults here is called so. */
export const SCRIPT = "script";

/** How often a running peer is looked at. */
const LOOK_EVERY_MS = 50;

/** A look that takes longer shows nothing. */
const LOOK_TIMEOUT_MS = 500;

/** A process that does not listen by then, or shows nothing, never will. */
const START_TIMEOUT_MS = 20_000;

/** A process that was asked to leave has ended by then. */
const LEAVE_TIMEOUT_MS = 10_000;

/** Whom a live peer tells what happens to it. */
export interface Audience {
  /** It has told an event. */
  told(peer: Name, event: SceneEvent["event"]): void;
  /** There is something new to look at. */
  changed(): void;
  /** It cannot go on. */
  failed(error: StartError): void;
}

/** One peer of a script as a real process: its lives, one at a time, what it shows, and what it is asked to do. */
export class LivePeer {
  readonly name: Name;
  readonly address: Address;
  /** Every ID it ever had, oldest first. */
  readonly ids: PeerId[] = [];
  readonly #audience: Audience;
  /** Null while it does not run. */
  #process: PeerProcess | null = null;
  /** Settles when the process of the latest life is gone. */
  #ended: Promise<unknown> = Promise.resolve();
  #view: PeerView | null = null;
  #hasBelonged = false;
  #isPaused = false;
  /** What it is told as soon as it goes on. */
  #waiting: readonly string[] = [];

  constructor(name: Name, address: Address, audience: Audience) {
    this.name = name;
    this.address = address;
    this.#audience = audience;
  }

  /** What it showed last; null where it does not run. */
  get view(): PeerView | null {
    return this.#view;
  }

  get id(): PeerId | undefined {
    return this.ids.at(-1);
  }

  /** Whether it ever was in a cluster. */
  get hasBelonged(): boolean {
    return this.#hasBelonged;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether it can be asked anything. */
  get isAwake(): boolean {
    return this.#process?.isRunning === true && !this.#isPaused;
  }

  /**
   * Starts a process, when the one before is gone; settles when it listens and has shown something.
   *
   * @throws StartError when it ends before, or takes too long
   */
  async start(program: string, flags: readonly string[]): Promise<void> {
    await this.#ended;
    let listens = false;
    const process = new PeerProcess(program, flags, (text) => {
      const line = readHeadlessLine(text);
      if (line?.kind === "event") this.#audience.told(this.name, line.event);
      if (line?.kind !== "listening") return;
      if (this.id !== line.id) this.ids.push(line.id);
      listens = true;
    });
    this.#process = process;
    this.#ended = process.ended;
    void process.ended.then(({ isWell, text }) => {
      if (this.#process !== process) return;
      this.#gone();
      if (!isWell) this.#audience.failed(new StartError(`${this.name} ended ${text}`));
    });
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (this.#view === null) {
      // Why it ended is told to the audience.
      if (this.#process !== process) throw new StartError(`${this.name} ended before it listened`);
      if (performance.now() > deadline) throw new StartError(`${this.name} did not start in ${START_TIMEOUT_MS} ms`);
      await delay(LOOK_EVERY_MS);
      if (listens) await this.look();
    }
    void this.#keepLooking(process);
  }

  /** Looks what it shows. Never rejects: one that does not answer soon shows what it showed before. */
  async look(): Promise<void> {
    const process = this.#process;
    if (!this.isAwake) return;
    try {
      const view = await fetchView(this.address, LOOK_TIMEOUT_MS);
      if (this.#process !== process) return;
      this.#view = view;
      this.#hasBelonged ||= view.self.clusterId !== null;
      this.#audience.changed();
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
    }
  }

  /** Ends it at once: it does not run any more, and it is gone when this settles. */
  async kill(): Promise<void> {
    this.#process?.signal("SIGKILL");
    this.#gone();
    await this.#ended;
  }

  /** The process stands still. */
  pause(): void {
    this.#process?.signal("SIGSTOP");
    this.#isPaused = true;
  }

  /** The process goes on; settles when it was told what it missed. */
  async resume(): Promise<void> {
    this.#process?.signal("SIGCONT");
    this.#isPaused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const line of waiting) await this.order(line);
    await this.look();
  }

  /**
   * Lets it say goodbye; settles when it is gone.
   *
   * @throws StartError when it does not go
   */
  async leave(): Promise<void> {
    const process = this.#process;
    if (process === null) return;
    if (this.#isPaused) throw new StartError(`${this.name} is stopped, so it cannot be asked to leave`);
    const { ok, text } = await this.say("leave");
    if (!ok) throw new StartError(`${this.name} did not leave: ${text}`);
    const giveUp = new AbortController();
    const tooLate = delay(LEAVE_TIMEOUT_MS, "late", { signal: giveUp.signal }).catch(() => "called off");
    const first = await Promise.race([process.ended, tooLate]);
    giveUp.abort();
    if (first === "late") throw new StartError(`${this.name} did not end within ${LEAVE_TIMEOUT_MS} ms after it left`);
  }

  /**
   * Lets its user say a line of the palette there.
   *
   * @throws StartError when there is no answer
   */
  say(line: string): Promise<ControlAnswer> {
    return askPeer(this.address, { to: null, by: "", line });
  }

  /**
   * Lets it set or end faults of its own.
   *
   * @param line names peers by their IDs
   * @throws StartError when it does not
   */
  async order(line: string): Promise<void> {
    if (!this.isAwake || this.id === undefined) return;
    const { ok, text } = await askPeer(this.address, { to: this.id, by: SCRIPT, line });
    if (!ok) throw new StartError(`${this.name} did not take ${JSON.stringify(line)}: ${text}`);
  }

  /** The same, as soon as it is awake; nothing where it does not run: another life knows nothing of it. */
  async orderWhenAwake(line: string): Promise<void> {
    if (this.#isPaused) this.#waiting = [...this.#waiting, line];
    else await this.order(line);
  }

  async #keepLooking(process: PeerProcess): Promise<void> {
    while (this.#process === process) {
      await delay(LOOK_EVERY_MS);
      await this.look();
    }
  }

  #gone(): void {
    this.#process = null;
    this.#view = null;
    this.#isPaused = false;
    this.#waiting = [];
    this.#audience.changed();
  }
}
