import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { Guild, memberId } from "./guild.ts";

const KINDS = ["lamport", "ricart-agrawala", "raymond"] as const;
const SEEDS = [Number(process.env["SEED"])];
const NAMES = ["one", "two"];
const STEPS = 120;

const SLICE_MS = 5;

interface Open {
  readonly peer: PeerId;
  readonly name: string;
  readonly ticket: number;
}

/** What people at the peers of a guild want: each asks, holds for a while, and lets go. */
class Crowd {
  readonly #guild: Guild;
  readonly #random: Random;
  /** Those who wait or hold. */
  readonly #open = new Map<number, Open>();
  /** Those who hold, and until when. */
  #inside: { readonly until: number; readonly open: Open }[] = [];
  #lastTicket = 0;
  granted = 0;

  constructor(guild: Guild, random: Random) {
    this.#guild = guild;
    this.#random = random;
    guild.onEvent = (peer, event) => {
      if (event.kind === "granted") this.#granted(peer, event.name, event.ticket);
    };
  }

  get waiting(): number {
    return this.#open.size;
  }

  ask(peer: PeerId): void {
    const [name = ""] = sample(this.#random, NAMES, 1);
    this.#lastTicket += 1;
    const ticket = this.#lastTicket;
    this.#open.set(ticket, { peer, name, ticket });
    this.#guild.acquire(peer, name, ticket);
  }

  /** Somebody does not want any more. */
  giveUp(): void {
    const [open] = sample(this.#random, [...this.#open.values()], 1);
    if (open !== undefined) this.#letGo(open);
  }

  crashed(peer: PeerId): void {
    for (const { peer: owner, ticket } of this.#open.values()) if (owner === peer) this.#open.delete(ticket);
  }

  #granted(peer: PeerId, name: string, ticket: number): void {
    this.granted += 1;
    const open = { peer, name, ticket };
    const until = this.#guild.ensemble.now + this.#random.between(1, 40);
    this.#inside.push({ until, open });
  }

  /** Lets time pass, and those go who are done. */
  run(ms: number): void {
    const { ensemble } = this.#guild;
    for (let left = ms; left > 0; left -= SLICE_MS) {
      ensemble.run(Math.min(left, SLICE_MS));
      const due = this.#inside.filter(({ until }) => until <= ensemble.now);
      this.#inside = this.#inside.filter(({ until }) => until > ensemble.now);
      for (const { open } of due) if (this.#open.has(open.ticket)) this.#letGo(open);
    }
  }

  #letGo({ peer, name, ticket }: Open): void {
    this.#open.delete(ticket);
    this.#guild.release(peer, name, ticket);
  }
}

describe.each(KINDS)("%s: whatever is late, lost, cut, stopped or crashed, one at most is inside", (kind) => {
  test.each(SEEDS)("and when it is over all get their turn (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const guild = new Guild(random.between(1, 5), { kind, seed, latencyMs: random.between(1, 20), jitterMs: 10 });
    const crowd = new Crowd(guild, random);
    const show = (p: string) => p.slice(-1);
    const old = guild.onEvent;
    const oldCount = guild.ensemble.onEvent;
    guild.ensemble.onEvent = (p, e) => { if (e.kind !== "granted") console.log(guild.ensemble.now.toFixed(0), show(p), JSON.stringify(e).replaceAll("00000000000000", "")); oldCount(p, e); };
    guild.ensemble.onSend = (f, t, m) => { console.log(guild.ensemble.now.toFixed(0), show(f), "->", show(t), JSON.stringify(m).replaceAll("00000000000000", "")); return true; };
    const log = (o: any) => { for (const k of ["crash","restart","pause","resume","cut","heal","add","linkAt","command"]) { const f = o[k].bind(o); o[k] = (...a: any[]) => { console.log(guild.ensemble.now.toFixed(0), "##", k, JSON.stringify(a.filter((x) => typeof x !== "object" || "kind" in x)).replaceAll("00000000000000", "")); return f(...a); }; } };
    log(guild.ensemble);
    for (let step = 0; step < STEPS; step++) {
      disturb(guild, crowd, random);
      crowd.run(random.between(0, 60));
    }
    for (const peer of guild.peers) {
      guild.ensemble.resume(peer);
      if (!guild.ensemble.runs(peer)) guild.restart(peer);
    }
    guild.ensemble.heal();
    crowd.run(30_000);
    if (crowd.waiting > 0) for (const p of guild.peers) console.log(p.slice(-1), JSON.stringify(guild.ensemble.machine(p).view(), null, 0));
    expect(crowd.waiting).toBe(0);
    const before = crowd.granted;
    for (const peer of guild.peers) crowd.ask(peer);
    crowd.run(10_000);
    expect(crowd.waiting).toBe(0);
    expect(crowd.granted - before).toBe(guild.peers.length);
  });
});

function disturb(guild: Guild, crowd: Crowd, random: Random): void {
  const { ensemble } = guild;
  const [peer = memberId(1), other = peer] = sample(random, guild.peers, 2);
  switch (random.below(16)) {
    case 0:
      ensemble.crash(peer);
      guild.crash(peer);
      crowd.crashed(peer);
      return;
    case 1:
    case 2:
      for (const each of guild.peers) if (!ensemble.runs(each)) guild.restart(each);
      return;
    case 3:
      return ensemble.pause(peer);
    case 4:
      for (const each of guild.peers) ensemble.resume(each);
      return;
    case 5:
      if (peer !== other && ensemble.runs(peer) && ensemble.runs(other)) guild.flap(peer, other);
      return;
    case 6:
      if (peer !== other) ensemble.cut(peer, other);
      return;
    case 7:
      return ensemble.heal();
    case 8:
      if (guild.peers.length < 7) guild.join(memberId(guild.peers.length + 1), () => random.below(2) === 0);
      return;
    case 9:
      return crowd.giveUp();
    default:
      if (ensemble.runs(peer)) crowd.ask(peer);
  }
}
