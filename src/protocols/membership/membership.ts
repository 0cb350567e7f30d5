/*
 * Membership: who belongs to the cluster and how each is, as everybody tells everybody.
 *
 * Source: SWIM (Das, Gupta, Motivala 2002): section 4.1 (updates spread by infection), 4.2 (suspicion, incarnations,
 * refutation). Tables between pairs are the anti-entropy of Demers et al. 1987, section 1.3.
 *
 *   message   sender                         effect at the receiver
 *   rumours   whoever learnt something       what outranks the held is taken and passed on once
 *   table     both ends of a new link, and   the same, and what the receiver knows better goes back as rumours
 *             now and then a random pair
 *
 * Safety: what is held of a peer only moves up in (incarnation, status), and only that peer itself makes its
 * incarnation grow, on disk before anybody hears it; so one that lives and is heard cannot stay doubted.
 *
 * Departures from the paper: lives (three missed rounds, kept locally) stand where SWIM has one suspicion timeout;
 * rumours travel in messages of their own on links, each passed on once by each peer, not on pings; a rumour of an
 * unknown peer is believed, and passed on, only after that peer has answered a health check here.
 */
import { type Address, isUsable } from "../../core/address.ts";
import { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import { LIVES, type Member, Members } from "./members.ts";
import type { MembershipMessage, MembershipSpeech, Rumour } from "./message.ts";
import { isDoubt, isWorse, outranks } from "./rumour-order.ts";
import { Spread } from "./spread.ts";
import { Strangers } from "./strangers.ts";

/** Largest incarnation that the wire carries; one that has reached it grows no more. */
export const MAX_INCARNATION = 0xffff_ffff;

/** A peer is told what is said of it at most this often. */
const TELL_INTERVAL_MS = 1000;

/** A peer that finds its ID in use elsewhere does not answer faster than this, or the two would race for ever. */
const CONTEST_INTERVAL_MS = 1000;

const HEARD = 16;

type Options = MembershipSpeech["options"];
type Saved = MembershipSpeech["record"];
type Command = MembershipSpeech["command"];
type Met = Extract<Command, { kind: "met" }>;
type OnMember = Extract<Command, { kind: "take-life" | "give-life" | "goodbye" }>;
type Because = Extract<MembershipSpeech["event"], { kind: "member-at-risk" | "member-unhealthy" }>["because"];

/** The machine. It makes itself known (saves its incarnation, names the members it remembers) on its first step. */
export class Membership implements Protocol<MembershipSpeech> {
  readonly #options: Options;
  readonly #random: Random;
  readonly #effects = new Effects<MembershipSpeech>();
  readonly #members = new Members();
  readonly #strangers = new Strangers();
  readonly #spread: Spread;
  readonly #heard: { at: number; from: PeerId; rumour: Rumour }[] = [];
  #incarnation: number;
  #left = false;
  /** Instant of the start, until the first step; then Infinity. */
  #beginAt: number;
  #tableAt = Number.POSITIVE_INFINITY;
  #contestedAt = Number.NEGATIVE_INFINITY;

  constructor(options: Options, saved: Iterable<Saved>, random: Random, now: number) {
    this.#options = options;
    this.#random = random;
    this.#spread = new Spread(this.#effects, random, options.fanout);
    this.#beginAt = now;
    this.#incarnation = Math.min(this.#restore(saved, now) + 1, MAX_INCARNATION);
  }

  get deadline(): number {
    return Math.min(this.#beginAt, this.#tableAt, this.#members.deadline, this.#strangers.deadline);
  }

  step(input: Input<MembershipSpeech>, now: number): readonly Effect<MembershipSpeech>[] {
    if (this.#beginAt !== Number.POSITIVE_INFINITY) this.#begin();
    switch (input.kind) {
      case "message":
        if ("peer" in input.from) this.#hear(input.message, input.from.peer, now);
        break;
      case "command":
        this.#obey(input.command, now);
        break;
      case "link":
        this.#link(input.peer, input.up, now);
        break;
      case "timeout":
        this.#sweep(now);
        break;
      default:
        break;
    }
    this.#spread.tellNews(this.#members.size + 1);
    return this.#effects.take();
  }

  view(): MembershipSpeech["view"] {
    return { incarnation: this.#incarnation, members: this.#members.rows, heard: [...this.#heard] };
  }

  checkpoint(): readonly Saved[] {
    const members = [...this.#members.values()];
    return [
      { kind: "self", incarnation: this.#incarnation },
      ...members.map(({ saved }): Saved => ({ kind: "member", rumour: saved })),
    ];
  }

  /** Takes up what earlier lives saved; the incarnation of the last one, 0 for none. */
  #restore(saved: Iterable<Saved>, now: number): number {
    let incarnation = 0;
    for (const record of saved) {
      if (record.kind === "self") incarnation = record.incarnation;
      else if (record.kind === "forgotten") this.#members.delete(record.peer);
      else if (record.rumour.peer !== this.#options.peer) this.#members.recall(record.rumour, now);
    }
    return incarnation;
  }

  #begin(): void {
    this.#beginAt = Number.POSITIVE_INFINITY;
    this.#announceIncarnation();
    for (const { rumour } of this.#members.values()) {
      if (rumour.status !== "left") this.#eventJoined(rumour);
    }
  }

  #announceIncarnation(): void {
    this.#spread.after = this.#effects.save({ kind: "self", incarnation: this.#incarnation });
    this.#effects.event({ kind: "incarnation-grown", incarnation: this.#incarnation });
  }

  #obey(command: Command, now: number): void {
    switch (command.kind) {
      case "met":
        this.#meet(command, now);
        break;
      case "verified":
        this.#verify(command.address, now);
        break;
      case "leave":
        this.#leave();
        break;
      default:
        this.#obeyOn(this.#members.get(command.peer), command, now);
    }
  }

  #obeyOn(member: Member | undefined, command: OnMember, now: number): void {
    // Whoever has left is owed no probe; an answer from its address is somebody else's.
    if (member === undefined || member.rumour.status === "left") return;
    if (command.kind === "take-life") this.#takeLife(member, command.via, now);
    else if (command.kind === "give-life") this.#giveLife(member, now);
    else this.#depart(member, command.peer, now);
  }

  #takeLife(member: Member, via: readonly PeerId[], now: number): void {
    const before = member.lives;
    this.#members.setLives(member, Math.max(0, before - 1));
    const verdict = member.lives === 0 ? "unhealthy" : "at-risk";
    const because: Because = { kind: "probes-missed", via };
    if (isWorse(verdict, member.rumour.status)) {
      this.#update(member, { ...member.rumour, status: verdict }, because, this.#options.peer, now);
    } else if (member.rumour.status === "at-risk" && member.lives < before) this.#eventStatus(member, because);
  }

  /** A doubt stays until its peer refutes it: at the same incarnation nothing else outranks it everywhere. */
  #giveLife(member: Member, now: number): void {
    this.#members.setLives(member, Math.min(LIVES, member.lives + 1));
    if (isDoubt(member.rumour.status)) this.#tellItself(member, now);
  }

  #depart(member: Member, from: PeerId, now: number): void {
    this.#update(member, { ...member.rumour, status: "left" }, { kind: "rumour", from }, from, now);
  }

  /** A HELLO is proof: of life, of the address, and that no other peer is at that address any more. */
  #meet({ peer, address, name, incarnation }: Met, now: number): void {
    if (peer === this.#options.peer) return;
    const rumour: Rumour = { peer, address, name, incarnation, status: "healthy" };
    this.#strangers.take(address);
    // The same process place under a new ID: the old one's state is gone, and it must not be probed for ever.
    for (const other of this.#members.at(address)) {
      if (other.rumour.peer !== peer && other.rumour.status !== "left") this.#depart(other, peer, now);
    }
    const member = this.#members.get(peer);
    if (member === undefined) this.#join(rumour, peer, now);
    else if (outranks(rumour, member.rumour)) this.#update(member, rumour, { kind: "rumour", from: peer }, peer, now);
    else this.#meetAgain(member, rumour, now);
  }

  #meetAgain(member: Member, rumour: Rumour, now: number): void {
    const { status, incarnation, address, name } = member.rumour;
    const moved = rumour.address !== address || rumour.name !== name;
    if (moved && rumour.incarnation === incarnation) {
      this.#update(member, { ...rumour, status }, { kind: "rumour", from: rumour.peer }, rumour.peer, now);
    }
    if (status !== "healthy") this.#tellItself(member, now);
  }

  #verify(address: Address, now: number): void {
    const stranger = this.#strangers.take(address);
    if (stranger === undefined || this.#isHeldByLink(address)) return;
    const member = this.#members.get(stranger.rumour.peer);
    if (member === undefined) this.#join(stranger.rumour, stranger.from, now);
    else this.#hearOfMember(member, stranger.rumour, stranger.from, now);
  }

  #leave(): void {
    this.#left = true;
    for (const peer of this.#spread.linked) this.#spread.send(peer, "rumours", [this.#own()]);
  }

  #link(peer: PeerId, up: boolean, now: number): void {
    this.#spread.link(peer, up);
    if (up) this.#sendTable(peer);
    if (this.#spread.linked.size === 0) this.#tableAt = Number.POSITIVE_INFINITY;
    else if (this.#tableAt === Number.POSITIVE_INFINITY) this.#scheduleTable(now);
  }

  #sweep(now: number): void {
    this.#strangers.sweep(now);
    if (now >= this.#members.deadline) this.#forget(now);
    if (now < this.#tableAt) return;
    const partner = this.#spread.partner();
    if (partner !== undefined) this.#sendTable(partner);
    this.#scheduleTable(now);
  }

  #forget(now: number): void {
    const forgotten = this.#members.sweep(now);
    if (forgotten.length === 0) return;
    this.#effects.save(...forgotten.map(({ rumour }): Saved => ({ kind: "forgotten", peer: rumour.peer })));
    for (const { rumour } of forgotten) {
      this.#effects.event({ kind: "member-forgotten", peer: rumour.peer, address: rumour.address });
    }
  }

  #scheduleTable(now: number): void {
    const interval = this.#options.tableIntervalMs;
    this.#tableAt = now + this.#random.between(Math.floor(interval * 0.75), Math.ceil(interval * 1.25));
  }

  #hear(message: MembershipMessage, from: PeerId, now: number): void {
    const better: Rumour[] = [];
    let ofUs: Rumour | undefined;
    for (const rumour of message.rumours) {
      if (rumour.peer === this.#options.peer) {
        if (ofUs === undefined || outranks(rumour, ofUs)) ofUs = rumour;
        continue;
      }
      const member = this.#members.get(rumour.peer);
      const changed = this.#hearOf(member, rumour, from, now);
      // Tables mostly repeat what is known; only their news is worth a place among the latest rumours.
      if (changed || message.kind === "rumours") this.#noteHeard(rumour, from, now);
      if (member !== undefined && outranks(member.rumour, rumour)) better.push(member.rumour);
    }
    if (ofUs !== undefined) {
      this.#noteHeard(ofUs, from, now);
      this.#hearOfOurselves(ofUs, from, now);
    }
    if (message.kind === "table" && better.length > 0) this.#spread.send(from, "rumours", better);
  }

  #noteHeard(rumour: Rumour, from: PeerId, at: number): void {
    this.#heard.push({ at, from, rumour });
    if (this.#heard.length > HEARD) this.#heard.shift();
  }

  /** Whether it changed what is held. */
  #hearOf(member: Member | undefined, rumour: Rumour, from: PeerId, now: number): boolean {
    if (member !== undefined) return this.#hearOfMember(member, rumour, from, now);
    this.#hearOfStranger(rumour, from, now);
    return false;
  }

  #hearOfMember(member: Member, rumour: Rumour, from: PeerId, now: number): boolean {
    if (!outranks(rumour, member.rumour)) return false;
    if (rumour.address !== member.rumour.address && !isUsable(rumour.address)) return false;
    this.#update(member, rumour, { kind: "rumour", from }, from, now);
    return true;
  }

  #hearOfStranger(rumour: Rumour, from: PeerId, now: number): void {
    if (rumour.status === "left") {
      this.#strangers.drop(rumour);
      return;
    }
    const { address } = rumour;
    const nobodyThere = address === this.#options.address || !isUsable(address) || this.#isHeldByLink(address);
    if (nobodyThere || this.#members.isFull) return;
    if (this.#strangers.add(rumour, from, now)) this.#effects.event({ kind: "stranger-rumoured", address });
  }

  /** A linked member is at this address, so another ID said to be there is one of its earlier lives. */
  #isHeldByLink(address: Address): boolean {
    for (const peer of this.#spread.linked) {
      if (this.#members.get(peer)?.rumour.address === address) return true;
    }
    return false;
  }

  /** Refutes what outranks our own word (SWIM section 4.2); answers what is merely old. */
  #hearOfOurselves(heard: Rumour, from: PeerId, now: number): void {
    if (this.#left) return;
    const own = this.#own();
    const elsewhere = heard.incarnation === own.incarnation && heard.address !== own.address;
    if (outranks(heard, own) || elsewhere) this.#refute(heard, from, now);
    else if (outranks(own, heard)) this.#spread.send(from, "rumours", [own]);
  }

  #refute(heard: Rumour, from: PeerId, now: number): void {
    if (this.#incarnation === MAX_INCARNATION) return;
    if (heard.status === "healthy") {
      if (now < this.#contestedAt + CONTEST_INTERVAL_MS) return;
      this.#contestedAt = now;
    }
    this.#incarnation = Math.min(Math.max(this.#incarnation, heard.incarnation) + 1, MAX_INCARNATION);
    this.#announceIncarnation();
    const { status } = heard;
    if (status !== "healthy") {
      this.#effects.event({ kind: "doubt-refuted", incarnation: this.#incarnation, status, from });
    }
    this.#spread.send(from, "rumours", [this.#own()]);
    this.#spread.addNews(this.#own(), from);
  }

  #join(rumour: Rumour, from: PeerId, now: number): void {
    if (this.#members.isFull) return;
    const member = this.#members.add(rumour, now);
    this.#effects.save({ kind: "member", rumour });
    this.#eventJoined(rumour);
    if (rumour.status !== "healthy") this.#eventStatus(member, { kind: "rumour", from });
    this.#spread.addNews(rumour, from);
  }

  /** Takes `next` for what is held, and does all that follows: disk, events, news, and word to the doubted itself. */
  #update(member: Member, next: Rumour, because: Because, from: PeerId, now: number): void {
    const before = member.rumour;
    if (next.status === "healthy" && next.incarnation > before.incarnation) this.#members.setLives(member, LIVES);
    this.#members.update(member, next, now);
    this.#saveIfNeeded(member);
    this.#spread.addNews(next, from);
    const { peer, address, name } = next;
    const back = before.status === "left" && next.status !== "left";
    if (back) this.#eventJoined(next);
    else if (address !== before.address || name !== before.name) {
      this.#effects.event({ kind: "member-moved", peer, address, previous: before.address });
    }
    if (next.status !== before.status && !(back && next.status === "healthy")) this.#eventStatus(member, because);
    if (isDoubt(next.status)) this.#tellItself(member, now);
  }

  /** Doubts come and go and mean nothing to a later life; everything else is worth a write. */
  #saveIfNeeded(member: Member): void {
    const { rumour, saved } = member;
    const moved = rumour.address !== saved.address || rumour.name !== saved.name;
    const left = rumour.status === "left" && saved.status !== "left";
    if (!moved && !left && rumour.incarnation === saved.incarnation) return;
    member.saved = rumour;
    this.#effects.save({ kind: "member", rumour });
  }

  #eventJoined({ peer, address, name }: Rumour): void {
    this.#effects.event({ kind: "member-joined", peer, address, name });
  }

  #eventStatus(member: Member, because: Because): void {
    const { peer, address, incarnation, status } = member.rumour;
    if (status === "healthy") this.#effects.event({ kind: "member-healthy", peer, address, incarnation });
    else if (status === "left") this.#effects.event({ kind: "member-left", peer, address });
    else this.#effects.event({ kind: `member-${status}`, peer, address, livesRemaining: member.lives, because });
  }

  /** Tells a peer what is said of it, so that it refutes. */
  #tellItself(member: Member, now: number): void {
    const { peer } = member.rumour;
    if (!this.#spread.linked.has(peer) || now < member.toldAt + TELL_INTERVAL_MS) return;
    member.toldAt = now;
    this.#spread.send(peer, "rumours", [member.rumour]);
  }

  #sendTable(peer: PeerId): void {
    const members = Array.from(this.#members.values(), ({ rumour }) => rumour);
    this.#spread.send(peer, "table", [this.#own(), ...members]);
  }

  #own(): Rumour {
    const { peer, address, name } = this.#options;
    return { peer, address, name, incarnation: this.#incarnation, status: this.#left ? "left" : "healthy" };
  }
}
