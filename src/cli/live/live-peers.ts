import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, addressOf, hostOf, portOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { StartError } from "../../runtime/start-error.ts";
import type { Coming, Name } from "../../sim/script/script.ts";
import { type Audience, LivePeer } from "./live-peer.ts";
import { freeAddress, secludedHost } from "./places.ts";

/** How hard a directory is tried to be removed to which a process that is being killed may still write. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 } as const;

/** What peers are started with. */
export interface LiveOptions {
  /** This program's own entry. */
  readonly program: string;
  /** Whom the script starts. */
  readonly names: readonly Name[];
  /** Whether one of them looks around: then all are where nobody else is. */
  readonly areSecluded: boolean;
  /** Whether routine events are told too. */
  readonly verbose: boolean;
}

/**
 * The peers of a script: real processes on loopback with data in a temporary directory. What else runs on this machine
 * is not in their way, nor are they in its: they listen on ports that were free. As names they bear the ports that the
 * script calls them by, so a line of the palette means the same at them.
 */
export class LivePeers {
  readonly #options: LiveOptions;
  readonly #audience: Audience;
  /** In the order in which they were started. */
  readonly #peers = new Map<Name, LivePeer>();
  /** How each came at first. */
  readonly #comings = new Map<LivePeer, Coming>();
  #host: string | null = null;
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
    const peer = new LivePeer(name, await this.#placeFor(name), this.#audience);
    this.#peers.set(name, peer);
    this.#comings.set(peer, coming);
    await this.#run(peer, coming);
  }

  /**
   * Starts a process again for a peer, on the data that the one before has left: told of nobody if that was in a cluster,
   * else of what it was told at first. Settles when it shows something.
   *
   * @throws StartError when it does not
   */
  async recover(name: Name): Promise<void> {
    const peer = this.get(name);
    const coming = this.#comings.get(peer);
    assert(coming !== undefined, `${name} was never started`);
    // Told of nobody at all, a peer looks for others of this machine wherever its data leaves a doubt; told of itself, it
    // looks nowhere. To one that has founded its cluster, to found says nothing new.
    const isToldOfNobody = coming.kind === "join" && peer.hasBelonged;
    await this.#run(peer, isToldOfNobody ? { kind: "join", via: [name] } : coming);
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

  async #placeFor(name: Name): Promise<Address> {
    const ports = this.#options.names.map(Number);
    // What the script says is then no port of anybody else.
    if (!this.#options.areSecluded)
      return freeAddress(new Set([...ports, ...this.all.map(({ address }) => portOf(address))]));
    this.#host ??= await secludedHost(ports);
    const address = addressOf(this.#host, Number(name));
    assert(address !== undefined, `${name} is a port`);
    return address;
  }

  async #run(peer: LivePeer, coming: Coming): Promise<void> {
    const { program, verbose } = this.#options;
    this.#directory ??= newDirectory();
    const place = ["--host", hostOf(peer.address), "--port", String(portOf(peer.address)), "--name", peer.name];
    const data = ["--data-dir", join(this.#directory, peer.name)];
    await peer.start(program, [...place, ...data, ...this.#flagsOf(coming), ...(verbose ? ["--verbose"] : [])]);
  }

  #flagsOf(coming: Coming): readonly string[] {
    switch (coming.kind) {
      case "found":
        return ["--found"];
      case "join":
        return ["--join", coming.via.map((name) => this.get(name).address).join(",")];
      case "look":
        return [];
      case "liar":
      case "critic":
      case "client":
      case "life":
        assert(false, "whoever is no peer is refused");
    }
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
