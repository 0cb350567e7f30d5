import type { FaultyEffect, FaultyInput, PeerOptions } from "../../peer/machine.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import type { ObservedPeer, Observer, Received, Sent } from "../world/observer.ts";
import type { Watch } from "./invariant.ts";
import { Life } from "./life.ts";

/** The watches that want to see one kind of thing. */
type Wanting<K extends keyof Watch> = readonly (Watch & Required<Pick<Watch, K>>)[];

/** A process, by its latest life. */
interface Process {
  life: Life;
  /** An injected crash ends a life and not the process. */
  isAlive: boolean;
}

/** Cuts the steps of peers into what watches want to see. One for all of them, as it runs at every step of a world. */
export class Spectator implements Observer {
  readonly #processes = new Map<ObservedPeer, Process>();
  readonly #began: Wanting<"began">;
  readonly #saving: Wanting<"saving">;
  readonly #saved: Wanting<"saved">;
  readonly #said: Wanting<"said">;
  readonly #heard: Wanting<"heard">;
  readonly #packetSent: Wanting<"packetSent">;
  readonly #packetReceived: Wanting<"packetReceived">;
  readonly #told: Wanting<"told">;
  readonly #programSaid: Wanting<"programSaid">;
  readonly #programTold: Wanting<"programTold">;
  readonly #clientsAsked: Wanting<"clientsAsked">;
  readonly #clientTold: Wanting<"clientTold">;
  readonly #callsAsked: Wanting<"callsAsked">;
  readonly #callsAnswered: Wanting<"callsAnswered">;
  readonly #acted: Wanting<"acted">;
  readonly #commanded: Wanting<"commanded">;
  readonly #ended: Wanting<"ended">;
  readonly #settled: Wanting<"settled">;
  readonly #sent: Wanting<"sent">;
  readonly #received: Wanting<"received">;

  constructor(watches: readonly Watch[]) {
    this.#began = wanting(watches, "began");
    this.#saving = wanting(watches, "saving");
    this.#saved = wanting(watches, "saved");
    this.#said = wanting(watches, "said");
    this.#heard = wanting(watches, "heard");
    this.#packetSent = wanting(watches, "packetSent");
    this.#packetReceived = wanting(watches, "packetReceived");
    this.#told = wanting(watches, "told");
    this.#programSaid = wanting(watches, "programSaid");
    this.#programTold = wanting(watches, "programTold");
    this.#clientsAsked = wanting(watches, "clientsAsked");
    this.#clientTold = wanting(watches, "clientTold");
    this.#callsAsked = wanting(watches, "callsAsked");
    this.#callsAnswered = wanting(watches, "callsAnswered");
    this.#acted = wanting(watches, "acted");
    this.#commanded = wanting(watches, "commanded");
    this.#ended = wanting(watches, "ended");
    this.#settled = wanting(watches, "settled");
    this.#sent = wanting(watches, "sent");
    this.#received = wanting(watches, "received");
  }

  started(peer: ObservedPeer, _options: PeerOptions, records: readonly AnyRecord[]): void {
    this.#begin(peer, records, 0);
  }

  stepped(peer: ObservedPeer, input: FaultyInput, _now: number, effects: readonly FaultyEffect[]): void {
    const process = this.#processes.get(peer);
    if (process === undefined) return;
    if (input.kind === "restored") this.#begin(peer, input.records, process.life.faults);
    else if (process.isAlive || input.kind === "packet") this.#take(process.life, input);
    for (const effect of effects) this.#see(process, effect);
    for (const watch of this.#settled) watch.settled(process.life);
  }

  ended(peer: ObservedPeer): void {
    const process = this.#processes.get(peer);
    if (process !== undefined) this.#end(process);
  }

  sent(peer: ObservedPeer, sent: Sent): void {
    for (const watch of this.#sent) watch.sent(peer, sent);
  }

  received(peer: ObservedPeer, received: Received): void {
    for (const watch of this.#received) watch.received(peer, received);
  }

  #begin(peer: ObservedPeer, records: readonly AnyRecord[], faults: number): void {
    const life = new Life(peer.id, peer.address, records, faults);
    const process = this.#processes.get(peer);
    if (process === undefined) this.#processes.set(peer, { life, isAlive: true });
    else Object.assign(process, { life, isAlive: true });
    for (const watch of this.#began) watch.began(life, records);
  }

  #end(process: Process): void {
    if (process.isAlive) for (const watch of this.#ended) watch.ended(process.life);
    process.isAlive = false;
  }

  #take(life: Life, input: FaultyInput): void {
    life.noteInput(input);
    if (input.kind === "message") for (const watch of this.#heard) watch.heard(life, input);
    else if (input.kind === "program") for (const watch of this.#programSaid) watch.programSaid(life, input);
    else if (input.kind === "client") for (const watch of this.#clientsAsked) watch.clientsAsked(life, input);
    else if (input.kind === "calls") for (const watch of this.#callsAsked) watch.callsAsked(life, input);
    else if (input.kind === "command") for (const watch of this.#commanded) watch.commanded(life, input.content);
    else if (input.kind === "saved") for (const watch of this.#saved) watch.saved(life, input.upTo);
    else if (input.kind === "packet") {
      for (const watch of this.#packetReceived) watch.packetReceived(life, input.from, input.packet);
    }
  }

  #see(process: Process, effect: FaultyEffect): void {
    const { life } = process;
    // Of a crashed peer only its faults still tell.
    if (effect.kind === "event") life.noteEvent(effect.event);
    else if (effect.kind === "crash") this.#end(process);
    if (process.isAlive) this.#show(life, effect);
  }

  #show(life: Life, effect: FaultyEffect): void {
    switch (effect.kind) {
      case "message":
        for (const watch of this.#said) watch.said(life, effect);
        return;
      case "packet":
        for (const watch of this.#packetSent) watch.packetSent(life, effect.to, effect.packet);
        return;
      case "save":
        life.noteSave(effect.records);
        for (const watch of this.#saving) watch.saving(life, effect.records, effect.token);
        return;
      case "event":
        for (const watch of this.#told) watch.told(life, effect.event);
        return;
      case "program":
        for (const watch of this.#programTold) watch.programTold(life, effect);
        return;
      case "client":
        for (const watch of this.#clientTold) watch.clientTold(life, effect);
        return;
      case "answers":
        for (const watch of this.#callsAnswered) watch.callsAnswered(life, effect);
        return;
      case "act":
        for (const watch of this.#acted) watch.acted(life, effect.act);
        return;
      case "close":
        return life.noteClose(effect);
    }
  }
}

function wanting<K extends keyof Watch>(watches: readonly Watch[], kind: K): Wanting<K> {
  return watches.filter((watch): watch is Wanting<K>[number] => watch[kind] !== undefined);
}
