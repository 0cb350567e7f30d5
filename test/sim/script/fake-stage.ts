import { type Address, addressOf } from "../../../src/core/address.ts";
import { type PeerId, parsePeerId } from "../../../src/core/peer-id.ts";
import type { Followed } from "../../../src/sim/life/followed.ts";
import type { Call } from "../../../src/sim/linearizability/history.ts";
import type { Name, Picture, Scene, SceneEvent, Statement } from "../../../src/sim/script/script.ts";
import type { Stage, Told } from "../../../src/sim/script/stage.ts";

/** The ID of the peer on a port. */
export function idOf(port: Name): PeerId {
  const id = parsePeerId(port.padStart(16, "0"));
  if (id === undefined) throw new Error(`${port} makes no ID`);
  return id;
}

/** The address of the peer on a port. */
export function addressAt(port: Name): Address {
  const address = addressOf("127.0.0.1", Number(port));
  if (address === undefined) throw new Error(`${port} is no port`);
  return address;
}

/** A store in which nothing is. */
const BLANK: Pick<Picture, "files" | "values" | "store"> = {
  files: { count: 0, bytes: 0, recent: [] },
  values: { count: 0, versions: 0, bytes: 0, clock: 0, recent: [] },
  store: { sessions: 0, used: 0 },
};

/** What all show that go by Raft and have no locks, no virtual address and no jobs. */
const USUAL: Pick<Picture, "modes" | "order" | "mutex" | "vip" | "broker"> = {
  modes: { ensemble: [] },
  order: { kind: "raft", role: "follower", leader: null, epoch: 0, lastApplied: 0 },
  mutex: { locks: [] },
  vip: { held: false },
  broker: { jobs: [] },
};

/** What a peer shows that knows nobody. */
export function alone(port: Name): Picture {
  return {
    self: { id: idOf(port), address: addressAt(port) },
    peers: [],
    election: { kind: "raft", role: "follower", leader: null },
    raft: { role: "follower", currentTerm: 0, voters: [] },
    ...USUAL,
    ...BLANK,
  };
}

/** What a peer shows that is part of a whole cluster. */
export function whole(port: Name, all: readonly Name[], leader: Name, term = 1): Picture {
  const others = all.filter((other) => other !== port);
  const role = port === leader ? "leader" : "follower";
  return {
    self: { id: idOf(port), address: addressAt(port) },
    peers: others.map((other) => ({ id: idOf(other), status: "healthy", linked: true })),
    election: { kind: "raft", role, leader: idOf(leader) },
    raft: {
      role,
      currentTerm: term,
      voters: all.slice(0, Math.min(7, all.length - 1 + (all.length % 2))).map(idOf),
    },
    ...USUAL,
    ...BLANK,
  };
}

/**
 * A stage on which nothing happens but what a test lets happen. It notes what it is asked for, and only who is started
 * shows something, or nothing after a crash.
 */
export class FakeStage implements Stage<Picture> {
  /** What was asked for, a line each. */
  readonly asked: string[] = [];
  /** What clients have asked. */
  readonly calls: Call[] = [];
  /** What programs of the pool know. */
  readonly jobs = new Map<Name, Followed>();
  /** What the palette answers. */
  answer: Told = { ok: true, text: "" };
  /** Whose statements of a kind are refused, and why. */
  readonly refused = new Map<Statement["kind"], string>();
  readonly #shown = new Map<Name, Picture | null>();
  readonly #events: SceneEvent[] = [];
  readonly #agenda: { readonly at: number; readonly act: () => void }[] = [];
  #now = 0;

  /** Has something happen at an instant, ms; what is said first happens first. */
  at(ms: number, act: () => void): this {
    this.#agenda.push({ at: ms, act });
    return this;
  }

  /** Has a peer show something; null for one that does not run. */
  show(port: Name, picture: Picture | null): void {
    this.#shown.set(port, picture);
  }

  /** Has peers show a whole cluster. */
  unite(all: readonly Name[], leader: Name, term = 1): void {
    for (const port of all) this.show(port, whole(port, all, leader, term));
  }

  /** Has a peer tell something. */
  tell(peer: Name, event: SceneEvent["event"], routine = false): void {
    this.#events.push({ at: this.#now, peer, event, routine });
  }

  refuses(statement: Statement<Picture>): string | null {
    return this.refused.get(statement.kind) ?? null;
  }

  scene(): Scene<Picture> {
    const names = [...this.#shown.keys()];
    return {
      now: this.#now,
      names,
      view: (name) => this.#shown.get(name) ?? null,
      nameOf: (id) => names.find((name) => idOf(name) === id),
      nameAt: (address) => names.find((name) => addressAt(name) === address),
      events: this.#events,
      history: () => this.calls,
      followed: (name) => this.jobs.get(name) ?? null,
    };
  }

  picture(view: Picture): Picture {
    return view;
  }

  start(peer: Name, coming: object): void {
    this.#note("start", peer, coming);
    this.show(peer, alone(peer));
    this.tell(peer, { kind: "started", peer: idOf(peer), incarnation: 1 });
  }

  leave(peer: Name): void {
    this.#note("leave", peer);
  }

  crash(peer: Name, tear: boolean): void {
    this.#note("crash", peer, tear);
    this.show(peer, null);
  }

  async recover(peer: Name): Promise<void> {
    await Promise.resolve();
    this.#note("recover", peer);
    this.show(peer, alone(peer));
  }

  pause(peer: Name): void {
    this.#note("pause", peer);
  }

  resume(peer: Name): void {
    this.#note("resume", peer);
  }

  link(from: Name, to: Name, change: object): void {
    this.#note("link", from, to, change);
  }

  mend(from: Name, to: Name): void {
    this.#note("mend", from, to);
  }

  heal(): void {
    this.#note("heal");
  }

  disk(peer: Name, change: object): void {
    this.#note("disk", peer, change);
  }

  clock(peer: Name, change: object): void {
    this.#note("clock", peer, change);
  }

  slow(peer: Name, slowness: number): void {
    this.#note("slow", peer, slowness);
  }

  async enter(peer: Name, line: string): Promise<Told> {
    this.#note("enter", peer, line);
    return this.answer;
  }

  deliver(delivery: { readonly peer: Name; readonly message: unknown }): void {
    this.#note("deliver", delivery.peer, delivery.message);
    this.tell(delivery.peer, { kind: "left" });
  }

  async runUntil(holds: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    while (!holds()) {
      const next = this.#agenda.shift();
      if (next === undefined || next.at > end) {
        if (next !== undefined) this.#agenda.unshift(next);
        this.#now = end;
        return false;
      }
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    return true;
  }

  #note(verb: string, ...values: readonly unknown[]): void {
    const words = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
    this.asked.push([verb, ...words].join(" "));
  }
}
