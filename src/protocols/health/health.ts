/**
 * Health checks: who answers, and how fast. UDP packets ask and answer; what is made of it is membership's business.
 *
 * Source: SWIM (Das, Gupta, Motivala: "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership
 * Protocol", 2002), sections 3.1 (direct, then indirect probes) and 4.3 (round-robin probe targets).
 *
 * | message       | from         | to         | effect                                                        |
 * | ------------- | ------------ | ---------- | ------------------------------------------------------------- |
 * | syn           | any address  | us (UDP)   | answered at once by an ack with its nonce, to where it is from |
 * | ack           | any address  | us (UDP)   | ends the probe that sent its nonce to this address            |
 * | probe-request | linked peer  | us (link)  | one direct probe of the target, then a probe-answer           |
 * | probe-answer  | one we asked | us (link)  | ends the round, or leaves it to the others that were asked    |
 *
 * Safety: nobody is blamed without having been asked in time. An ACK counts only where its nonce and address match a
 * SYN of an open probe, once, before its deadline; probes that wait for nonces, or were under way while this process
 * stood still, start anew and blame nobody.
 *
 * Departures from the paper: up to three SYNs a probe instead of one ping; up to 32 members are each probed once per
 * interval instead of one member per protocol period; the answer to an indirect probe may be "no", so that a round
 * ends as soon as nobody is left who could still say yes; a missed member is probed again at once instead of being
 * suspected for a while.
 */
import type { Address } from "../../core/address.ts";
import { unreachable } from "../../core/assert.ts";
import { Effects } from "../../core/effects.ts";
import type { Effect, Input, Party, Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import { Checks } from "./checks.ts";
import { DirectProbes } from "./direct-probes.ts";
import type { HealthMessage, HealthSpeech } from "./message.ts";
import { NoncePool } from "./nonce-pool.ts";
import { Requests } from "./requests.ts";
import { Rounds } from "./rounds.ts";

/** The machine of one peer's health checks. */
export class Health implements Protocol<HealthSpeech> {
  readonly #effects = new Effects<HealthSpeech>();
  readonly #nonces = new NoncePool();
  readonly #probes: DirectProbes;
  readonly #rounds: Rounds;
  readonly #checks: Checks;
  readonly #requests: Requests;
  readonly #startedAt: number;
  #unexpected = 0;

  /** `now`: monotonic ms. */
  constructor(options: HealthSpeech["options"], random: Random, now: number) {
    const { probeTimeoutMs } = options;
    this.#startedAt = now;
    this.#probes = new DirectProbes(this.#nonces, (address, nonce) =>
      this.#effects.send({ address }, { kind: "syn", nonce }),
    );
    this.#rounds = new Rounds(options, this.#probes, random, this.#effects);
    this.#checks = new Checks(this.#probes, probeTimeoutMs, (address, rttMs) =>
      this.#effects.event({ kind: "checked", address, answered: rttMs !== null, rttMs }),
    );
    this.#requests = new Requests(this.#probes, probeTimeoutMs, (peer, token, answered) =>
      this.#effects.send({ peer }, { kind: "probe-answer", token, answered }),
    );
  }

  get deadline(): number {
    // Only before the first step can nonces be wanted that were not asked for.
    if (this.#nonces.wanting) return this.#startedAt;
    return Math.min(this.#probes.deadline, this.#rounds.deadline);
  }

  step(input: Input<HealthSpeech>, now: number): readonly Effect<HealthSpeech>[] {
    switch (input.kind) {
      case "message":
        this.#receive(input.from, input.message, now);
        break;
      case "command":
        this.#command(input.command, now);
        break;
      case "link":
        this.#rounds.link(input.peer, input.up);
        break;
      case "resumed":
        this.#probes.voidAll();
        break;
      case "timeout":
        this.#probes.advance(now);
        this.#rounds.advance(now);
        break;
      case "saved":
      case "session":
        break;
      default:
        unreachable(input);
    }
    this.#rounds.startReady(now);
    this.#checks.startReady(now);
    if (this.#nonces.wanting) {
      this.#nonces.asked();
      this.#effects.event({ kind: "entropy-needed" });
    }
    return this.#effects.take();
  }

  view(): HealthSpeech["view"] {
    return {
      probes: this.#rounds.view(),
      sent: this.#probes.sent,
      answered: this.#probes.answered,
      unexpected: this.#unexpected,
      refused: this.#checks.refused + this.#requests.refused + this.#rounds.refused,
    };
  }

  checkpoint(): readonly never[] {
    return [];
  }

  #receive(from: Party, message: HealthMessage, now: number): void {
    if ("address" in from) this.#receivePacket(from.address, message, now);
    else if ("peer" in from) {
      if (message.kind === "probe-request") this.#requests.request(from.peer, message.token, message.target, now);
      if (message.kind === "probe-answer") this.#rounds.probeAnswer(from.peer, message.token, message.answered, now);
    }
  }

  #receivePacket(from: Address, message: HealthMessage, now: number): void {
    if (message.kind === "syn") this.#effects.send({ address: from }, { kind: "ack", nonce: message.nonce });
    if (message.kind === "ack" && !this.#probes.acknowledge(from, message.nonce, now)) this.#unexpected += 1;
  }

  #command(command: HealthSpeech["command"], now: number): void {
    switch (command.kind) {
      case "watch":
        this.#rounds.watch(command.peer, command.address, now);
        break;
      case "unwatch":
        this.#rounds.unwatch(command.peer);
        break;
      case "probe":
        this.#rounds.probe(command.peer);
        break;
      case "check":
        this.#checks.check(command.address);
        break;
      case "entropy":
        this.#nonces.refill(command.bytes);
        break;
      default:
        unreachable(command);
    }
  }
}
