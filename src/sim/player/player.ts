import type { Peers } from "../../control/arguments.ts";
import type { BoardFiles, BoardWindow, Outcome } from "../../control/desk/desk.ts";
import { namesIn, type SimulationDesk, type SimulationPicture } from "../../control/desk/simulation-desk.ts";
import { nextSpeed, type Speed, speedWord } from "../../control/speed.ts";
import { OF_SIMULATIONS, type SaidCommand } from "../../control/vocabulary.ts";
import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { oneLine, printStatement } from "../script/print-script.ts";
import type { Statement } from "../script/script.ts";
import type { Desks } from "../world/desks.ts";
import type { SimulatedPeer } from "../world/simulated-peer.ts";
import type { World, WorldEvent } from "../world/world.ts";
import { Pacer } from "./pacer.ts";

/** A step goes no farther where nothing is new; virtual ms. */
const MOST_STEP_MS = 1000;

/** News that is kept of each peer for whoever watches it later. */
const MAX_NEWS = 500;

/**
 * Plays a world for somebody who watches: at a pace, with halts and steps, from the desk of one peer at a time. What
 * happens is what would happen unwatched, but for what is said at the desks.
 */
export class Player implements SimulationDesk {
  readonly #world: World;
  readonly #desks: Desks;
  readonly #pacer: Pacer;
  readonly #listeners = new Set<(event: PeerEvent) => void>();
  readonly #news = new Map<number, PeerEvent[]>();
  readonly #begun: Promise<boolean>;
  #begin: (isSomebodyThere: boolean) => void = () => {};
  #watched: SimulatedPeer | null = null;
  /** What is looked at through the peer that is watched; null for nothing. */
  #board: { readonly job: number; readonly window: BoardWindow } | null = null;
  #line: string | null = null;
  #said: string | null = null;
  #outcome: SimulationPicture["outcome"] = null;
  /** What is new since this was emptied, in one line each. */
  #newLines: string[] = [];

  /** @param desks those of this world, the same as the script's */
  constructor(world: World, desks: Desks) {
    this.#world = world;
    this.#desks = desks;
    this.#pacer = new Pacer(world.time, desks, (error) => this.#end({ ok: false, text: messageOf(error) }));
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    world.subscribe((event, told) => this.#hear(event, told));
  }

  /** Waits for the first peer, which is watched from then on, or for the end of a script that starts none. */
  somebodyThere(): Promise<boolean> {
    return this.#begun;
  }

  /**
   * Plays a script. While it is played time passes only where it asks for it, by `pass`; from its end on by itself.
   * Answers what came of it, also where it throws; never rejects.
   */
  async play(script: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await settled(script);
    this.#end(outcome);
    this.#pacer.leaveAlone();
    return outcome;
  }

  /** Lets virtual time pass until `holds`, at most so long; whether it came to hold. For the script that is played. */
  pass(holds: () => boolean, limitMs: number): Promise<boolean> {
    return this.#pacer.pass(holds, limitMs);
  }

  /** Shows the statement that is played now, and what was said last. */
  show(statement: Statement<never>): void {
    const text = oneLine(statement.kind === "say" ? statement.text : `> ${printStatement(statement)}`);
    if (statement.kind === "say") this.#said = text;
    else this.#line = text;
    this.#newLines.push(text);
  }

  /** Lets time stand still for good: whoever waits for it to pass waits for ever. */
  close(): void {
    this.#pacer.end();
  }

  simulation(): SimulationPicture {
    return {
      nowMs: this.#world.now,
      speed: this.#pacer.speed,
      isHalted: this.#pacer.isHalted,
      peers: this.#world.peers.map((peer) => ({
        id: peer.id,
        name: "",
        address: peer.address,
        label: String(peer.port),
        condition: peer.isUp ? peer.machine.condition : "down",
        isWatched: peer === this.#watched,
      })),
      line: this.#line,
      said: this.#said,
      outcome: this.#outcome,
    };
  }

  view(): PeerView {
    return this.#peer.lastView();
  }

  events(): readonly PeerEvent[] {
    const { port } = this.#peer;
    const latest = this.#desks.of(port).events();
    const known = new Set(latest);
    const earlier = (this.#news.get(port) ?? []).filter((told) => !known.has(told));
    return [...earlier, ...latest];
  }

  subscribe(listener: (event: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(line: string, files?: BoardFiles): Promise<Outcome> {
    const reading = OF_SIMULATIONS.parse(line, namesIn(this.view(), this.simulation()));
    return reading.ok ? this.#perform(line, reading.value, files) : { ok: false, text: reading.text };
  }

  watchBoard(job: number, window: BoardWindow | null): void {
    this.#board = window === null ? null : { job, window };
    this.#desks.of(this.#peer.port).watchBoard(job, window);
  }

  /** Watches the peer on a port. */
  watch(port: number): Outcome {
    // The screen says anew what it looks at, through the other peer.
    if (this.#board !== null) this.watchBoard(this.#board.job, null);
    this.#watched = this.#world.peer(port);
    return { ok: true, text: `watching ${port}${this.#watched.isUp ? "" : ", which is down"}` };
  }

  halt(): Outcome {
    this.#pacer.halt();
    return { ok: true, text: `halted at ${seconds(this.#world.now)}` };
  }

  go(): Outcome {
    if (this.#pacer.isEnded) return this.#ended;
    this.#pacer.go();
    return { ok: true, text: `going on, ${speedWord(this.#pacer.speed)}` };
  }

  /** Lets time pass until there is news of any peer or of the script, a second at most, then halts. */
  async step(): Promise<Outcome> {
    if (this.#pacer.isEnded) return this.#ended;
    this.#newLines = [];
    const isNew = await this.#pacer.step(() => this.#newLines.length > 0, MOST_STEP_MS);
    const [first = "no news"] = this.#newLines;
    const more = this.#newLines.length > 1 ? `, and ${this.#newLines.length - 1} more` : "";
    return { ok: true, text: `${seconds(this.#world.now)}: ${isNew ? first + more : "no news"}` };
  }

  setSpeed(speed: Speed): Outcome {
    this.#pacer.setSpeed(speed);
    return { ok: true, text: speedWord(speed) };
  }

  get #peer(): SimulatedPeer {
    assert(this.#watched !== null, "somebody is watched");
    return this.#watched;
  }

  get #ended(): Outcome {
    return { ok: false, text: `time has ended: ${this.#line ?? "closed"}` };
  }

  #hear({ port, event, routine }: WorldEvent, told: PeerEvent): void {
    if (this.#watched === null) this.watch(port);
    if (this.#peer.port === port) for (const listener of this.#listeners) listener(told);
    this.#begin(true);
    if (routine) return;
    const news = this.#news.get(port) ?? [];
    news.push(told);
    // Cut in blocks: a shift for each event would move all the others each time.
    this.#news.set(port, news.length > 2 * MAX_NEWS ? news.slice(-MAX_NEWS) : news);
    this.#newLines.push(`${port} ${event.kind}`);
  }

  #end(outcome: Outcome): void {
    // Time ends once: what comes of it afterwards is no news.
    if (this.#outcome === "failed") return;
    this.#line = outcome.text;
    this.#said = null;
    this.#newLines.push(outcome.text);
    this.#outcome = outcome.ok ? "passed" : "failed";
    this.#begin(false);
  }

  #perform(line: string, command: SaidCommand, files?: BoardFiles): Outcome | Promise<Outcome> {
    switch (command.verb) {
      case "watch":
        return this.#watchPeer(command.peer);
      case "next":
        return this.#watchBeside(1);
      case "previous":
        return this.#watchBeside(-1);
      case "halt":
        return this.halt();
      case "go":
        return this.go();
      case "step":
        return this.step();
      case "speed":
        return this.setSpeed(command.speed ?? this.#pacer.speed);
      case "faster":
        return this.setSpeed(nextSpeed(this.#pacer.speed, 1));
      case "slower":
        return this.setSpeed(nextSpeed(this.#pacer.speed, -1));
      case "quit":
        return { ok: false, text: "only a screen can quit" };
      case "recover":
        return this.#recover(line, command.peers ?? "all");
      case "heal":
        return (command.peers ?? "all") === "all" ? this.#healAll(line) : this.#say(line);
      default:
        return this.#say(line, files);
    }
  }

  #watchPeer(id: PeerId | null): Outcome {
    const peer = this.#world.peers.find(({ ids }) => id !== null && ids.includes(id));
    return peer === undefined ? { ok: false, text: "no peer of this simulation has that ID" } : this.watch(peer.port);
  }

  #watchBeside(by: 1 | -1): Outcome {
    const { peers } = this.#world;
    const index = (peers.indexOf(this.#peer) + by + peers.length) % peers.length;
    return this.watch((peers[index] ?? this.#peer).port);
  }

  /** A line goes to the peer that is watched; without a process nobody is there to take it. */
  #say(line: string, files?: BoardFiles): Outcome | Promise<Outcome> {
    const { port, isUp } = this.#peer;
    return isUp ? this.#desks.of(port).run(line, files) : { ok: false, text: `${port} is down: recover ${port}` };
  }

  /** Whoever is down starts again, as from a shell on its host; whoever is only made to be crashed is told by its desk. */
  async #recover(line: string, named: Peers): Promise<Outcome> {
    const meant = this.#world.peers.filter(({ ids }) => named === "all" || named.some((id) => ids.includes(id)));
    const down = meant.filter(({ isUp }) => !isUp);
    if (down.length === 0) return this.#say(line);
    for (const { port } of down) this.#world.restart(port);
    const started = `started ${down.map(({ port }) => port).join(", ")} from disk`;
    const others = meant.filter(
      (peer) => !down.includes(peer) && (named !== "all" || peer.machine.condition === "crashed"),
    );
    if (others.length === 0) return { ok: true, text: started };
    const { ok, text } = await this.#say(`recover ${others.map(({ id }) => id).join(",")}`);
    return { ok, text: `${started}; ${text}` };
  }

  /** What parts peers in the network is nobody's fault, so that no peer could end it. */
  async #healAll(line: string): Promise<Outcome> {
    this.#world.heal();
    const { ok, text } = await this.#say(line);
    return { ok, text: `${text}; every link is as it was at first` };
  }
}

async function settled(script: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await script();
  } catch (error) {
    return { ok: false, text: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `12.412 s`: as scripts tell instants. */
function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
