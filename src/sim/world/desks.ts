import type { Desk } from "../../control/desk/desk.ts";
import { PeerDesk } from "../../control/desk/peer-desk.ts";
import type { Address } from "../../core/address.ts";
import type { FaultyPeer } from "../../peer/faulty-peer.ts";
import type { ControlAnswer, ControlRequest } from "../../wire/control-message.ts";
import type { SimulatedPeer } from "./simulated-peer.ts";
import type { World } from "./world.ts";

/** A peer that has not answered a line by then does not; virtual ms. */
const ANSWER_TIMEOUT_MS = 2000;

/** A leave that is not done by then is broken off; virtual ms. */
const LEAVE_TIMEOUT_MS = 3000;

/** A desk, and the process that it belongs to; null where that was gone before anybody looked. */
interface Placed {
  readonly desk: PeerDesk;
  readonly process: FaultyPeer | null;
}

/** The desks of the peers of a world: the very same as those of real peers, on virtual time. */
export class Desks {
  readonly #world: World;
  readonly #desks = new Map<number, Placed>();
  #areStirred = false;

  constructor(world: World) {
    this.#world = world;
    world.subscribe(({ port, routine }, told) => {
      // What is routine makes no desk do anything.
      if (!routine) this.#areStirred = true;
      this.#of(port).tell(told);
    });
  }

  /**
   * Whether something has come to a desk to which it answers as promises do, in turns of this process: whoever lets
   * time pass lets them `settle` first, so that what happens does not hang on how time is cut into turns.
   */
  get areStirred(): boolean {
    return this.#areStirred;
  }

  /** Lets desks do all that they do in this instant. */
  settle(): Promise<void> {
    this.#areStirred = false;
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** The desk of the process on a port or, where that is gone, of the latest: then nothing that is said there is heard. */
  of(port: number): Desk {
    return this.#of(port);
  }

  #of(port: number): PeerDesk {
    const known = this.#desks.get(port);
    const peer = this.#world.peer(port);
    const process = peer.isUp ? peer.machine : null;
    // What was said at an earlier process, and what could be undone of it, is over with that.
    if (known !== undefined && (process === null || process === known.process)) return known.desk;
    const desk = this.#make(peer, process);
    this.#desks.set(port, { desk, process });
    return desk;
  }

  #make(peer: SimulatedPeer, process: FaultyPeer | null): PeerDesk {
    const { time } = this.#world;
    const isThere = (): boolean => process !== null && peer.runs(process);
    return new PeerDesk(
      {
        view: () => peer.lastView(),
        give: (command) => {
          if (isThere()) peer.command(command);
        },
        inject: (command) => {
          if (isThere()) peer.give({ kind: "faults", command });
        },
        ask: (to, request) => (isThere() ? this.#ask(peer, to, request) : Promise.reject(new Error("nobody asks"))),
        leave: () => (isThere() ? this.#leave(peer) : Promise.resolve()),
      },
      {
        now: () => time.now,
        after: (ms, action) => {
          let isCalledOff = false;
          this.#after(ms, () => {
            if (!isCalledOff) action();
          });
          return () => {
            isCalledOff = true;
          };
        },
      },
    );
  }

  /** A line goes to another peer past its faults, but not past what parts them in the network. */
  #ask(from: SimulatedPeer, to: Address, request: ControlRequest): Promise<ControlAnswer> {
    const { network } = this.#world;
    return new Promise((resolve, reject) => {
      const fail = (): void => this.#after(ANSWER_TIMEOUT_MS, () => reject(new Error("no answer")));
      const [there, back] = [network.way(from.address, to), network.way(to, from.address)];
      const asked = this.#world.peers.find(({ address }) => address === to);
      if (asked === undefined || there.conditions.cut || back.conditions.cut) return fail();
      this.#after(there.conditions.latencyMs, () => {
        if (!asked.isUp) return fail();
        this.#of(asked.port)
          .answer(request)
          .then(
            (said) => this.#after(back.conditions.latencyMs, () => resolve(said)),
            (error) => this.#fail(error),
          );
      });
    });
  }

  /** As a real one: a leave that is not done in time is broken off, and the process ends all the same. */
  #leave(peer: SimulatedPeer): Promise<void> {
    const process = peer.machine;
    return new Promise((resolve) => {
      const unsubscribe = this.#world.subscribe(({ port, event }) => {
        if (port !== peer.port || event.kind !== "left") return;
        unsubscribe();
        resolve();
      });
      peer.command({ protocol: this.#world.options.modes.election, command: { kind: "leave" } });
      this.#after(LEAVE_TIMEOUT_MS, () => {
        unsubscribe();
        if (peer.runs(process)) peer.crash();
        resolve();
      });
    });
  }

  /** Whoever asks would take a broken invariant for silence: it ends the run. */
  #fail(error: unknown): void {
    this.#after(0, () => {
      throw error;
    });
  }

  #after(delayMs: number, action: () => void): void {
    this.#world.time.after(delayMs, () => {
      this.#areStirred = true;
      action();
    });
  }
}
