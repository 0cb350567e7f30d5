import { type Address, portOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { neighbouringPorts } from "../../core/limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { FaultyInput } from "../../peer/machine.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { boardOf } from "../life/patterns.ts";
import type { Conditions } from "../network/conditions.ts";
import { passAtOnce } from "../player/passage.ts";
import type { ClockChange, Coming, Delivery, DiskChange, Name, Scene, SceneEvent, Script } from "../script/script.ts";
import type { Stage, Told } from "../script/stage.ts";
import { tunedBy } from "../script/tuned.ts";
import { Critic } from "./critic.ts";
import { Desks } from "./desks.ts";
import { Liar } from "./liar.ts";
import { LockClient } from "./lock-client.ts";
import { PoolClient } from "./pool-client.ts";
import type { Program } from "./program.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { World, type WorldOptions } from "./world.ts";

/** A condition is looked at whenever there is news, and at least this often; virtual ms. */
const LOOK_EVERY_MS = 20;

/** A line that is said at a peer and has no outcome by then has none; virtual ms. */
const OUTCOME_TIMEOUT_MS = 20_000;

/** Lets virtual time pass until `holds`, at most so long; whether it came to hold. */
export type Pass = (holds: () => boolean, limitMs: number) => Promise<boolean> | boolean;

/** Whole peers in virtual time as the stage of a script: they are called by their ports. */
export class WorldStage implements Stage {
  readonly desks: Desks;
  readonly #world: World;
  readonly #pass: Pass;
  readonly #usualWriteMs: readonly [number, number];
  readonly #events: SceneEvent[] = [];
  /** Programs that are no peers: nothing is seen of them, and nothing can be done to them. */
  readonly #programs = new Set<Name>();
  /** Of these, the clients of the store. */
  readonly #clients = new Set<Name>();
  /** And the programs of the pool. */
  readonly #poolClients = new Map<Name, PoolClient>();
  /** Something was told since conditions were last looked at. */
  #isNews = true;

  /** `pass`: who lets time pass, where it is not simply to pass. */
  constructor(world: World, pass: Pass | null = null) {
    this.#world = world;
    this.#pass = pass ?? ((holds, limitMs) => passAtOnce(world.time, this.desks, holds, limitMs));
    this.#usualWriteMs = world.options.diskMs;
    this.desks = new Desks(world);
    world.subscribe(({ at, port, event, routine }) => {
      // What the script itself has set is no news: the story tells the statement.
      const isOurs = "by" in event && event.by === SCRIPT;
      this.#events.push({ at, peer: String(port), event, routine: routine || isOurs });
      this.#isNews ||= !routine;
    });
  }

  /** The programs that have boards computed. */
  get programs(): readonly Name[] {
    return [...this.#poolClients.keys()];
  }

  refuses(): null {
    return null;
  }

  picture(view: PeerView): PeerView {
    return view;
  }

  scene(): Scene {
    const world = this.#world;
    return {
      now: world.now,
      names: [...world.peers.map(({ port }) => String(port)), ...this.#programs],
      view: (name) => this.#view(name),
      nameOf: (id: PeerId) => {
        const bearer = world.peers.find(({ ids }) => ids.includes(id));
        return bearer === undefined ? undefined : nameOf(bearer.address);
      },
      nameAt: (address: Address) => this.#nameAt(address),
      events: this.#events,
      history: () => world.history.history(),
      followed: (name) => this.#poolClients.get(name)?.followed ?? null,
    };
  }

  start(peer: Name, coming: Coming): void {
    const port = Number(peer);
    if (coming.kind === "liar") this.#host(peer, (address) => new Liar(address));
    else if (coming.kind === "critic") this.#host(peer, () => new Critic(this.#world.peer(Number(coming.of)).address));
    else if (coming.kind === "client") this.#host(peer, () => this.#clientAt(port, coming));
    else if (coming.kind === "life") this.#host(peer, (address) => this.#poolClientAt(address, coming));
    else if (coming.kind === "found") this.#world.start(port, { found: true });
    else if (coming.kind === "join") this.#world.start(port, { seeds: coming.via.map(Number) });
    else this.#world.start(port, { scan: neighbouringPorts(port) });
  }

  async leave(peer: Name): Promise<void> {
    await this.enter(peer, "leave");
  }

  crash(peer: Name, tear: boolean): void {
    this.#world.crash(Number(peer), tear);
  }

  recover(peer: Name): void {
    const port = Number(peer);
    if (this.#programs.has(peer)) return;
    // One that was crashed by a line of the palette is a process that waits for that word.
    if (this.#world.peer(port).isUp) this.#world.fault(port, { kind: "recover" });
    else this.#world.restart(port);
  }

  pause(peer: Name): void {
    this.#world.fault(Number(peer), { kind: "pause", by: SCRIPT, forMs: null });
  }

  resume(peer: Name): void {
    this.#world.fault(Number(peer), { kind: "resume", by: SCRIPT });
  }

  link(from: Name, to: Name, change: Partial<Conditions>): void {
    // The client dialect bears no checksum of its own: it trusts that of TCP.
    if (change.corruptPercent !== undefined && (this.#clients.has(from) || this.#clients.has(to))) return;
    this.#world.link(Number(from), Number(to), change);
  }

  mend(from: Name, to: Name): void {
    this.#world.mend(Number(from), Number(to));
  }

  heal(): void {
    this.#world.heal();
  }

  disk(peer: Name, change: DiskChange): void {
    if (this.#programs.has(peer)) return;
    const { disk } = this.#world.peer(Number(peer));
    if (change.kind === "flip") {
      disk.flipBit();
      return;
    }
    disk.isFull = change.kind === "full";
    if (change.kind === "slow") disk.writeMs = change.ms;
    if (change.kind === "well") disk.writeMs = this.#usualWriteMs;
  }

  clock(peer: Name, change: ClockChange): void {
    if (this.#programs.has(peer)) return;
    const port = Number(peer);
    if (change.kind === "rate") this.#world.fault(port, { kind: "skew", rate: change.rate, by: SCRIPT });
    else this.#world.fault(port, { kind: "jump", aheadMs: change.aheadMs, by: SCRIPT });
  }

  slow(peer: Name, slowness: number): void {
    if (!this.#programs.has(peer)) this.#world.peer(Number(peer)).slowness = slowness;
  }

  /** @throws whatever the line leads to, a broken invariant above all */
  async enter(peer: Name, line: string): Promise<Told> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    const outcome = this.desks.of(Number(peer)).run(line);
    outcome.then(end, end);
    await this.desks.settle();
    await this.#pass(() => isOver, OUTCOME_TIMEOUT_MS);
    return isOver ? outcome : { ok: false, text: "took too long" };
  }

  /** @throws InvariantViolation where the message is none of a peer: only a closure of a test can hand one over */
  deliver({ peer, message }: Delivery): void {
    assert(typeof message === "object" && message !== null && "kind" in message, "an input of a peer has a kind");
    this.#world.peer(Number(peer)).give(message as FaultyInput);
  }

  async runUntil(holds: () => boolean, limitMs: number): Promise<boolean> {
    let lookAt = Number.NEGATIVE_INFINITY;
    const look = (): boolean => {
      if (!this.#isNews && this.#world.now < lookAt) return false;
      this.#isNews = false;
      lookAt = this.#world.now + LOOK_EVERY_MS;
      return holds();
    };
    return (await this.#pass(look, limitMs)) || holds();
  }

  #host(name: Name, make: (address: Address) => Program): void {
    this.#programs.add(name);
    this.#world.host(Number(name), make);
  }

  #clientAt(client: number, { of, manner }: Extract<Coming, { readonly kind: "client" }>): Program {
    const { random, history } = this.#world;
    this.#clients.add(String(client));
    const peers = of.map((name) => this.#world.peer(Number(name)).address);
    if (manner === "locking") return new LockClient(peers, random.fork());
    return new SimulatedClient({ client, history, peers, manner, random: random.fork() });
  }

  #poolClientAt(address: Address, coming: Extract<Coming, { readonly kind: "life" }>): Program {
    const { pattern, size, turns } = coming;
    const random = this.#world.random.fork();
    const port = portOf(address);
    const at = coming.at === "vip" ? [this.#vip()] : coming.at.map((name) => this.#world.peer(Number(name)).address);
    const board = boardOf(pattern, size, random);
    const client = new PoolClient({ self: this.#world.newId(port), address, at, board, turns, random });
    this.#poolClients.set(String(port), client);
    return client;
  }

  #vip(): Address {
    const address = this.#world.options.tuning.office?.address ?? null;
    assert(address !== null, "the cluster has no virtual address");
    return address;
  }

  #nameAt(address: Address): Name | undefined {
    const isThere = this.#world.peers.some((peer) => peer.address === address) || this.#programs.has(nameOf(address));
    return isThere ? nameOf(address) : undefined;
  }

  /** Null where no machine runs: its process is gone, or it was crashed by a line of the palette. */
  #view(name: Name): PeerView | null {
    if (this.#programs.has(name)) return null;
    const peer = this.#world.peer(Number(name));
    return peer.isUp && peer.machine.condition !== "crashed" ? peer.view() : null;
  }
}

/** The world in which a script is to be played: it draws from the seed that the script names, and is tuned as it says. */
export function worldOf(script: Script, options: Partial<WorldOptions> = {}): World {
  const [first] = script;
  return new World({
    keep: "none",
    ...(first?.kind === "seed" ? { seed: first.seed } : {}),
    ...tunedBy(script),
    ...options,
  });
}

/** Who set a fault that a script sets. */
const SCRIPT = "script";

function nameOf(address: Address): Name {
  return String(portOf(address));
}
