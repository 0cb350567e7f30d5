import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { portOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { StartError } from "../../runtime/start-error.ts";
import type { Coming, Name } from "../../sim/script/script.ts";
import { freeAddress } from "./free-port.ts";
import { type Audience, LivePeer } from "./live-peer.ts";

/** How hard a directory is tried to be removed to which a process that is being killed may still write. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 } as const;

/** What peers are started with. */
export interface LiveOptions {
  /** This program's own entry. */
  readonly program: string;
  /** Whom the script starts: the ports that they are called by are not theirs, but nobody else's either. */
  readonly names: readonly Name[];
  /** Whether routine events are told too. */
  readonly verbose: boolean;
}

/**
 * The peers of a script: real processes on loopback, each with a port that was free and data in a temporary directory.
 * They bear as names the ports that the script calls them by, so a line of the palette means the same at them.
 */
export class LivePeers {
  readonly #options: LiveOptions;
  readonly #audience: Audience;
  /** In the order in which they were started. */
  readonly #peers = new Map<Name, LivePeer>();
  /** What each was told at its first start. */
  readonly #told = new Map<LivePeer, readonly string[]>();
  #directory: string | null = null;

  constructor(options: LiveOptions, audience: Audience) {
    this.#options = options;
    this.#audience = audience;
    process.once("exit", this.#abandon);
  }

  /** Every peer that was ever started, in that order. */
  get all(): readonly LivePeer[] {
    return [...this.#peers.values()];
  }

  /** The peer that is called so; undefined if none was ever started. */
  find(name: Name): LivePeer | undefined {
    return this.#peers.get(name);
  }

  /** The peer that is called so, which was started. */
  get(name: Name): LivePeer {
    const peer = this.find(name);
    assert(peer !== undefined, `${name} was never started`);
    return peer;
  }

  /**
   * Starts a peer; settles when it shows something.
   *
   * @throws StartError when it does not
   */
  async start(name: Name, coming: Coming): Promise<void> {
    assert(coming.kind !== "look", "who looks around is refused");
    const taken = [...this.#options.names.map(Number), ...this.all.map(({ address }) => portOf(address))];
    const peer = new LivePeer(name, await freeAddress(new Set(taken)), this.#audience);
    this.#peers.set(name, peer);
    const via = coming.kind === "join" ? coming.via.map((other) => this.get(other).address) : [];
    const told = coming.kind === "found" ? ["--found"] : ["--join", via.join(",")];
    this.#told.set(peer, told);
    await this.#run(peer, told);
  }

  /**
   * Starts a process again for a peer, on the data that the one before has left: told of nobody if that was in a cluster,
   * else of what it was told at first. Settles when it shows something.
   *
   * @throws StartError when it does not
   */
  async recover(name: Name): Promise<void> {
    const peer = this.get(name);
    const told = this.#told.get(peer) ?? [];
    // Told of nobody at all, a peer looks for others of this machine wherever its data leaves a doubt; told of itself, it
    // looks nowhere. To one that has founded its cluster, to found says nothing new.
    const isJoiner = !told.includes("--found");
    await this.#run(peer, isJoiner && peer.hasBelonged ? ["--join", peer.address] : told);
  }

  /** A text in which peers are called as the script calls them, wherever it says where they listen. */
  inNames(text: string): string {
    return this.all.reduce((said, { address, name }) => said.replaceAll(address, name), text);
  }

  /** Ends every process and removes all that they have left; settles when that is done. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((peer) => peer.kill()));
    process.off("exit", this.#abandon);
    this.#removeDirectory();
  }

  async #run(peer: LivePeer, flags: readonly string[]): Promise<void> {
    const { program, verbose } = this.#options;
    this.#directory ??= newDirectory();
    const own = ["--port", String(portOf(peer.address)), "--name", peer.name];
    const data = ["--data-dir", join(this.#directory, peer.name)];
    await peer.start(program, [...own, ...data, ...flags, ...(verbose ? ["--verbose"] : [])]);
  }

  /** This very process ends and nobody has closed: nothing can be waited for. */
  readonly #abandon = (): void => {
    for (const peer of this.all) void peer.kill();
    this.#removeDirectory();
  };

  #removeDirectory(): void {
    if (this.#directory !== null) rmSync(this.#directory, REMOVAL);
  }
}

/** @throws StartError when there is no room for one */
function newDirectory(): string {
  try {
    return mkdtempSync(join(tmpdir(), "p2p-node-live-"));
  } catch (error) {
    throw new StartError(`no temporary directory: ${error instanceof Error ? error.message : String(error)}`);
  }
}
