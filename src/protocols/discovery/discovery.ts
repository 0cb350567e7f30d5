/*
 * Discovery: how a peer finds others, and which cluster it belongs to.
 *
 * Source: the design's section 5, "No configuration on one machine" and "Discovery"; no paper.
 *
 *   message   sender                              effect at the receiver
 *   belong    whoever founds, joins, or yields    a seeker joins; one that would rather join another compares
 *
 * An address comes from --join, a scan of this machine, an earlier life, a network table, or hearsay. In any case it is
 * health-checked first; the first one that answers is asked for its network table; every one that answers is verified,
 * and others link to it and take it in.
 *
 * Safety: a cluster is founded only by a life that found none saved; it is on disk before anybody is told of it; and a
 * peer gives one up only while its log holds nothing, on disk first. Only a seeker waits for others: the smallest of
 * those that are linked founds, so seekers of one machine become one cluster. Where chance makes two all the same, the
 * one with the larger ID yields.
 */
import type { Address } from "../../core/address.ts";
import { Effects } from "../../core/effects.ts";
import { mayLead } from "../../core/modes.ts";
import { type ClusterId, NO_CLUSTER } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import { AddressChecks } from "./address-checks.ts";
import { Allegiance, drawClusterId, type OtherCluster } from "./allegiance.ts";
import { Kin } from "./kin.ts";
import { Memory } from "./memory.ts";
import type { DiscoverySpeech, Phase, TableEntry } from "./message.ts";
import { type Purpose, Search } from "./search.ts";
import { Seekers } from "./seekers.ts";

/** A network table that has not come by then counts as failed. */
export const TABLE_TIMEOUT_MS = 10_000;

/** That two clusters stay apart is told at most this often for one address. */
export const APART_INTERVAL_MS = 60_000;

const MAX_APART = 256;
const MAX_TRYING = 64;

type Options = DiscoverySpeech["options"];
type Saved = DiscoverySpeech["record"];
type Command = DiscoverySpeech["command"];
type Met = Extract<Command, { kind: "met" }>;

/** The machine. It begins to look for others on its first step. */
export class Discovery implements Protocol<DiscoverySpeech> {
  readonly #options: Options;
  readonly #random: Random;
  readonly #effects = new Effects<DiscoverySpeech>();
  readonly #allegiance: Allegiance;
  readonly #checks: AddressChecks;
  readonly #seekers: Seekers;
  readonly #kin = new Kin();
  readonly #memory = new Memory();
  /** When each of these clusters was last said to stay apart; oldest first. */
  readonly #apart = new Map<Address, number>();
  /** Whom an earlier life knew; looked for until the first link stands. */
  #recalled: readonly Address[] = [];
  readonly #recalledFrom: "remembered" | "seeds";
  #search: Search | null = null;
  #left = false;
  /** Instant of the start, until the first step; then Infinity. */
  #beginAt: number;
  /** When a seeker asks whether to found. */
  #foundAt = Number.POSITIVE_INFINITY;
  /** One table is enough; a failed one is asked of somebody else. */
  #table: "wanted" | "had" | { readonly from: Address; readonly until: number } = "wanted";
  /** The save of what is being given up. */
  #yieldToken = Number.POSITIVE_INFINITY;

  constructor(options: Options, saved: Iterable<Saved>, random: Random, now: number) {
    this.#options = options;
    this.#random = random;
    this.#beginAt = now;
    this.#allegiance = new Allegiance(options.found);
    this.#checks = new AddressChecks(options.address);
    this.#seekers = new Seekers(options.peer, options.founders);
    for (const record of saved) {
      if (record.kind === "remembered") this.#memory.recall(record.addresses);
      else this.#allegiance.restore(record);
    }
    const { saved: remembered } = this.#memory;
    this.#recalledFrom = remembered.length > 0 ? "remembered" : "seeds";
    if (!this.#isSeeking) this.#recalled = [...new Set([...remembered, ...options.seeds])];
  }

  get deadline(): number {
    const passAt = this.#search?.passAt ?? Number.POSITIVE_INFINITY;
    const tableAt = typeof this.#table === "object" ? this.#table.until : Number.POSITIVE_INFINITY;
    const others = Math.min(this.#checks.deadline, this.#memory.deadline, this.#kin.deadline);
    return Math.min(this.#beginAt, passAt, tableAt, this.#foundAt, others);
  }

  step(input: Input<DiscoverySpeech>, now: number): readonly Effect<DiscoverySpeech>[] {
    if (this.#beginAt !== Number.POSITIVE_INFINITY) this.#begin(now);
    switch (input.kind) {
      case "message":
        if ("peer" in input.from) {
          const { cluster, yielding } = input.message;
          const neighbour = this.#seekers.linked.get(input.from.peer);
          const wasKin = neighbour?.cluster === this.#allegiance.cluster;
          this.#seekers.hear(input.from.peer, cluster);
          if (neighbour !== undefined) this.#hearOf({ cluster, yielding, wasKin }, neighbour.address, now);
        }
        break;
      case "command":
        this.#obey(input.command, now);
        break;
      case "link":
        if (!input.up) this.#seekers.lose(input.peer);
        break;
      case "saved":
        this.#completeYield(input.upTo);
        break;
      case "timeout":
        this.#tick(now);
        break;
      default:
        break;
    }
    this.#carryOn(now);
    return this.#effects.take();
  }

  view(): DiscoverySpeech["view"] {
    const { cluster, yielding } = this.#allegiance;
    return { phase: this.#phase, cluster, yielding, trying: this.#targets().slice(0, MAX_TRYING) };
  }

  checkpoint(): readonly Saved[] {
    const addresses = this.#memory.saved;
    const remembered: Saved[] = addresses.length > 0 ? [{ kind: "remembered", addresses }] : [];
    return [...this.#allegiance.records(), ...remembered];
  }

  get #isSeeking(): boolean {
    return this.#allegiance.cluster === NO_CLUSTER;
  }

  get #phase(): Phase {
    if (this.#left) return "left";
    return this.#isSeeking ? "seeking" : "member";
  }

  #begin(now: number): void {
    this.#beginAt = Number.POSITIVE_INFINITY;
    const { abandoned, cluster } = this.#allegiance;
    if (abandoned !== null) this.#beginYield(abandoned, cluster);
    if (!this.#isSeeking) this.#effects.event({ kind: "cluster-resumed", cluster });
    if (this.#isSeeking && this.#options.found) this.#found(now);
    this.#refreshSearch(now);
    const { address, founders, seeds } = this.#options;
    const mayFound = mayLead(address, founders) && seeds.length === 0;
    if (this.#isSeeking && mayFound) this.#foundAt = now + this.#options.seekMs;
    const search = this.#search;
    if (search === null) return;
    const because = search.purpose === "lone" ? "scan" : search.purpose;
    this.#effects.event({ kind: "seeking", addresses: search.addresses, because });
  }

  /** What any step may lead to: another reason to search, checks whose turn has come, a list to write. */
  #carryOn(now: number): void {
    if (this.#left) return;
    this.#refreshSearch(now);
    this.#refreshKin(now);
    for (const address of this.#checks.start(now)) this.#effects.event({ kind: "check-wanted", address });
    const addresses = this.#memory.takeDue(now);
    if (addresses !== undefined) this.#effects.save({ kind: "remembered", addresses });
  }

  #obey(command: Command, now: number): void {
    if (this.#left) return;
    switch (command.kind) {
      case "checked":
        this.#settle(command.address, command.answered, now);
        break;
      case "table-fetched":
        this.#takeTable(command.from, command.entries, now);
        break;
      case "table-failed":
        if (this.#isFetchingFrom(command.from)) this.#table = "wanted";
        break;
      case "consider":
        this.#checks.consider(command.address, now);
        break;
      case "met":
        this.#meet(command, now);
        break;
      case "other-cluster-met":
        this.#hearOf({ ...command, wasKin: false }, command.address, now);
        break;
      case "bound":
        this.#bind(command.bound);
        break;
      case "remember":
        this.#memory.note(command.addresses.filter((address) => address !== this.#options.address));
        break;
      case "leave":
        this.#leave();
        break;
    }
  }

  #tick(now: number): void {
    if (typeof this.#table === "object" && now >= this.#table.until) this.#table = "wanted";
    for (const address of this.#checks.overdue(now)) this.#settle(address, false, now);
    if (this.#search !== null && now >= this.#search.passAt) this.#pass(this.#search, now);
    if (now >= this.#foundAt) this.#considerFounding(now);
  }

  /** Whatever this peer waits for, it waits no longer; what it meant to write it writes now. */
  #leave(): void {
    this.#left = true;
    const addresses = this.#memory.takeDue(Number.POSITIVE_INFINITY);
    if (addresses !== undefined) this.#effects.save({ kind: "remembered", addresses });
    this.#search = null;
    this.#table = "had";
    this.#foundAt = Number.POSITIVE_INFINITY;
    this.#checks.clear();
  }

  // Searching

  #purpose(): Purpose | null {
    const { seeds, scan } = this.#options;
    const alone = this.#seekers.linked.size === 0;
    if (this.#isSeeking) {
      if (seeds.length > 0) return "seeds";
      return scan.length > 0 ? "scan" : null;
    }
    if (this.#recalled.length > 0) return this.#recalledFrom;
    return alone && this.#allegiance.yielding && scan.length > 0 ? "lone" : null;
  }

  #refreshSearch(now: number): void {
    if (this.#left) return;
    if (this.#seekers.linked.size > 0) this.#recalled = [];
    const purpose = this.#purpose();
    if (purpose === (this.#search?.purpose ?? null)) return;
    this.#search = purpose === null ? null : this.#searchFor(purpose, now);
    if (this.#search !== null && this.#search.passAt <= now) this.#pass(this.#search, now);
  }

  #searchFor(purpose: Purpose, now: number): Search {
    const { seeds, scan, retryMs, address } = this.#options;
    const told = this.#isSeeking ? seeds : this.#recalled;
    const addresses = purpose === "scan" || purpose === "lone" ? scan : told;
    const others = addresses.filter((other) => other !== address);
    return new Search(purpose, others, retryMs, this.#random, now);
  }

  #targets(): Address[] {
    return this.#search?.addresses.filter((address) => !this.#seekers.isLinkedAt(address)) ?? [];
  }

  #pass(search: Search, now: number): void {
    const targets = this.#targets();
    search.begin(targets, now);
    for (const address of targets) if (!this.#checks.want(address)) this.#settleSearch(address, false, now);
  }

  /** A health check ended. Its address is as good as its answer. */
  #settle(address: Address, answered: boolean, now: number): void {
    if (!this.#checks.settle(address, answered, now)) return;
    const searched = this.#search?.addresses.includes(address) === true;
    if (answered && searched && this.#table === "wanted") {
      this.#table = { from: address, until: now + TABLE_TIMEOUT_MS };
      this.#effects.event({ kind: "table-wanted", from: address });
    }
    if (answered) {
      if (this.#isSeeking) this.#seekers.expect(address);
      this.#effects.event({ kind: "address-verified", address });
    }
    this.#settleSearch(address, answered, now);
  }

  #settleSearch(address: Address, answered: boolean, now: number): void {
    const search = this.#search;
    if (search?.settle(address, answered, now) !== true || this.#options.seeds.length === 0) return;
    const attempts = search.failures;
    if (attempts !== 1 && attempts % 10 !== 0) return;
    this.#effects.event({ kind: "join-unanswered", addresses: search.addresses, attempts });
  }

  #isFetchingFrom(address: Address): boolean {
    return typeof this.#table === "object" && this.#table.from === address;
  }

  #takeTable(from: Address, entries: readonly TableEntry[], now: number): void {
    if (!this.#isFetchingFrom(from)) return;
    this.#table = "had";
    for (const { address } of entries) this.#checks.consider(address, now);
  }

  // Clusters

  #meet({ peer, address, cluster }: Met, now: number): void {
    this.#seekers.meet(peer, address, cluster, now);
    // The HELLO of ours that it has seen may be from before we belonged anywhere.
    if (!this.#isSeeking) this.#effects.send({ peer }, this.#belong(), this.#effects.lastToken);
    if (cluster !== NO_CLUSTER) this.#hearOf({ cluster, yielding: true, wasKin: false }, address, now);
  }

  /** Word of a cluster: a seeker joins it, one that would rather join another may yield, others stay apart. */
  #hearOf(other: OtherCluster, through: Address, now: number): void {
    const { cluster, yielding } = this.#allegiance;
    if (this.#left || other.cluster === cluster || other.cluster === NO_CLUSTER) return;
    if (this.#isSeeking) this.#join(other.cluster, through);
    else if (this.#allegiance.shouldYieldTo(other)) this.#yield(other, through);
    else if (!yielding && !other.yielding) this.#stayApart(other.cluster, through, now);
  }

  #refreshKin(now: number): void {
    const { cluster, yielding } = this.#allegiance;
    const { belonging, admitted } = this.#kin.update(cluster, this.#seekers.linked, yielding, now);
    for (const peer of belonging) this.#effects.event({ kind: "peer-belongs", peer });
    for (const peer of admitted) this.#effects.event({ kind: "peer-admitted", peer });
  }

  /** Who would not yield any more says so: others that still would wait for that. */
  #bind(bound: boolean): void {
    const { yielding } = this.#allegiance;
    this.#allegiance.bind(bound);
    if (yielding && !this.#allegiance.yielding) this.#tellLinked(this.#effects.lastToken);
  }

  #considerFounding(now: number): void {
    if (this.#seekers.isOurTurn(this.#options.seekMs, now)) this.#found(now);
    else this.#foundAt = now + this.#options.seekMs;
  }

  #found(now: number): void {
    const cluster = drawClusterId(this.#random);
    this.#allegiance.found(cluster);
    this.#kin.waitUntil(now + this.#options.settleMs);
    this.#foundAt = Number.POSITIVE_INFINITY;
    this.#tellLinked(this.#effects.save({ kind: "founded", cluster, yields: !this.#options.found }));
    this.#effects.event({ kind: "cluster-founded", cluster });
  }

  #join(cluster: ClusterId, through: Address): void {
    this.#allegiance.join(cluster, true);
    this.#foundAt = Number.POSITIVE_INFINITY;
    this.#tellLinked(this.#effects.save({ kind: "joined", cluster }));
    this.#effects.event({ kind: "cluster-joined", cluster, through });
  }

  #yield(other: OtherCluster, through: Address): void {
    const { cluster } = this.#allegiance;
    this.#allegiance.yieldTo(other);
    this.#beginYield(cluster, other.cluster);
    this.#effects.event({ kind: "cluster-joined", cluster: other.cluster, through });
  }

  /** "joined" is written only when all that others forget because of this event is on disk before it. */
  #beginYield(cluster: ClusterId, to: ClusterId): void {
    this.#yieldToken = this.#effects.save({ kind: "yielded", to });
    this.#tellLinked(this.#yieldToken);
    this.#effects.event({ kind: "cluster-yielded", cluster, to });
  }

  #completeYield(upTo: number): void {
    if (upTo < this.#yieldToken) return;
    this.#yieldToken = Number.POSITIVE_INFINITY;
    this.#allegiance.complete();
    this.#effects.save({ kind: "joined", cluster: this.#allegiance.cluster });
  }

  #stayApart(cluster: ClusterId, address: Address, now: number): void {
    if (now < (this.#apart.get(address) ?? Number.NEGATIVE_INFINITY) + APART_INTERVAL_MS) return;
    this.#apart.delete(address);
    this.#apart.set(address, now);
    for (const oldest of this.#apart.keys()) {
      if (this.#apart.size <= MAX_APART) break;
      this.#apart.delete(oldest);
    }
    this.#effects.event({ kind: "clusters-apart", address, cluster });
  }

  #tellLinked(after: number): void {
    for (const peer of this.#seekers.linked.keys()) this.#effects.send({ peer }, this.#belong(), after);
  }

  #belong(): DiscoverySpeech["message"] {
    const { cluster, yielding } = this.#allegiance;
    return { kind: "belong", cluster, yielding };
  }
}
