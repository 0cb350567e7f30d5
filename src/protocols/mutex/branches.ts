import { MAX_LOCKS } from "../../core/lock.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Tree } from "./tree.ts";

/** A token that nobody here has wanted for so long goes home, ms. */
const HOME_MS = 10_000;

/** What one peer knows of one token: the paper's HOLDER, USING, REQUEST_Q and ASKED. */
interface Branch {
  /** In which direction the token is; this peer where it is here. */
  holder: PeerId;
  using: boolean;
  /** Neighbours, and this peer itself, that want it from here; each once. */
  queue: PeerId[];
  asked: boolean;
  /** Since when it is here and nobody wants it, monotonic ms; null otherwise. */
  idleSince: number | null;
}

/** What the tokens of one tree lead to. */
export interface Branching {
  readonly self: PeerId;
  /** Tells the neighbour in whose direction a token is that it is wanted here. */
  readonly ask: (neighbour: PeerId, name: string) => void;
  readonly pass: (neighbour: PeerId, name: string) => void;
  /** It is our turn. */
  readonly enter: (name: string) => void;
}

/**
 * The tokens of one tree as one peer sees them, a lock each (Raymond 1989, sections 3 and 4). Of a lock that is not in here
 * the token is at the root and nobody wants it; so that there are not more and more of them, a token that nobody wants goes
 * back there.
 */
export class Branches {
  readonly #tree: Tree;
  readonly #to: Branching;
  readonly #byName = new Map<string, Branch>();

  constructor(tree: Tree, to: Branching) {
    this.#tree = tree;
    this.#to = to;
  }

  /** When the next token goes home, monotonic ms. */
  get deadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { idleSince } of this.#byName.values()) {
      if (idleSince !== null) earliest = Math.min(earliest, idleSince + HOME_MS);
    }
    return earliest;
  }

  /** The names of the tokens that are here and not at home. */
  get tokens(): readonly string[] {
    return [...this.#byName].flatMap(([name, { holder }]) => (holder === this.#to.self ? [name] : []));
  }

  /** Of which locks it is known where the token is. */
  get names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** Whom we have asked for a token. */
  get asked(): readonly PeerId[] {
    return [...this.#byName.values()].flatMap(({ asked, holder }) => (asked ? [holder] : []));
  }

  /** In which direction a token is. */
  directionOf(name: string): PeerId {
    return this.#byName.get(name)?.holder ?? this.#home;
  }

  /** Where a token is when the tree begins; `using` where that is here and we are inside. */
  place(name: string, at: PeerId, using: boolean, now: number): void {
    const branch = this.#of(name);
    branch.holder = this.#tree.towards(at);
    branch.using = using;
    this.#run(name, branch, now);
  }

  /** A neighbour, or this peer itself, wants a token. */
  want(from: PeerId, name: string, now: number): void {
    // It went there by itself, on its way home, before that was heard.
    if (from !== this.#to.self && this.directionOf(name) === from) return;
    if (!this.#byName.has(name) && this.#byName.size >= MAX_LOCKS * this.#tree.peers.length) return;
    const branch = this.#of(name);
    if (!branch.queue.includes(from)) branch.queue.push(from);
    this.#run(name, branch, now);
  }

  /** A neighbour has passed a token to us. */
  receive(name: string, now: number): void {
    const branch = this.#of(name);
    branch.holder = this.#to.self;
    branch.asked = false;
    this.#run(name, branch, now);
  }

  /** This peer wants, or uses, a token no more. */
  leave(name: string, now: number): void {
    const branch = this.#byName.get(name);
    if (branch === undefined) return;
    branch.using = false;
    branch.queue = branch.queue.filter((peer) => peer !== this.#to.self);
    this.#run(name, branch, now);
  }

  /** Lets go home what has been here unused for long. */
  sendHome(now: number): void {
    const { parent } = this.#tree;
    for (const [name, branch] of this.#byName) {
      if (parent === null || branch.idleSince === null || now < branch.idleSince + HOME_MS) continue;
      branch.holder = parent;
      this.#to.pass(parent, name);
      this.#run(name, branch, now);
    }
  }

  get #home(): PeerId {
    return this.#tree.parent ?? this.#to.self;
  }

  #of(name: string): Branch {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const branch: Branch = { holder: this.#home, using: false, queue: [], asked: false, idleSince: null };
    this.#byName.set(name, branch);
    return branch;
  }

  /** The paper's ASSIGN_PRIVILEGE, then MAKE_REQUEST. */
  #run(name: string, branch: Branch, now: number): void {
    const { self } = this.#to;
    const head = branch.queue[0];
    if (branch.holder === self && !branch.using && head !== undefined) {
      branch.queue.shift();
      if (head === self) {
        branch.using = true;
        this.#to.enter(name);
      } else {
        branch.holder = head;
        this.#to.pass(head, name);
      }
    }
    if (branch.holder !== self && branch.queue.length > 0 && !branch.asked) {
      branch.asked = true;
      this.#to.ask(branch.holder, name);
    }
    this.#rest(name, branch, now);
  }

  /** Forgets what is as it is for locks that are not known, and notes since when a token is unused. */
  #rest(name: string, branch: Branch, now: number): void {
    const { holder, using, queue, asked } = branch;
    const isQuiet = !using && queue.length === 0 && !asked;
    if (isQuiet && holder === this.#home) this.#byName.delete(name);
    else if (isQuiet && holder === this.#to.self) branch.idleSince ??= now;
    else branch.idleSince = null;
  }
}
