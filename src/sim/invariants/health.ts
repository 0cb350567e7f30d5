import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import { type Invariant, invariant, type Watch } from "./invariant.ts";
import { type Life, nameOf, PerLife } from "./life.ts";
import { keyOf, Probes } from "./probes.ts";
import { Recent } from "./recent.ts";
import { isSameValue } from "./same-value.ts";

/** Questions that are remembered for a late answer: more than the faults of a peer ever hold back. */
const QUESTIONS = 65_536;

/** Who asks, by address or ID, and the nonce or the token that tells one question of theirs from another. */
interface Question {
  readonly asker: string;
  readonly tag: Uint8Array | number;
}

/** The questions to one peer. */
interface Questions {
  /** Of the step in hand. */
  latest: Question | null;
  wasAnswered: boolean;
  /** Those that were not answered at once, or may be once more. */
  readonly open: Recent<string, true>;
}

/**
 * Where a fault lies between a peer and its network, a question may be answered late and twice, and one that comes while
 * the peer is crashed by the life that follows.
 */
const answersWereAskedFor = invariant({
  name: "answers-were-asked-for",
  source: "DESIGN section 3.2; wire document, health packet",
  text: "A peer acknowledges only probes that have come to it, and answers only probe requests that have come to it.",
  watch: (broken) => {
    const questions = new Map<Address, Questions>();
    const questionsTo = ({ address }: Life): Questions => {
      const known = questions.get(address) ?? { latest: null, wasAnswered: false, open: new Recent(QUESTIONS) };
      questions.set(address, known);
      return known;
    };
    const ask = (life: Life, question: Question): void => {
      const asked = questionsTo(life);
      asked.latest = question;
      asked.wasAnswered = false;
    };
    const wasAsked = (life: Life, question: Question): boolean => {
      const asked = questionsTo(life);
      if (asked.latest === null || !isSameValue(question, asked.latest))
        return asked.open.get(keyOfQuestion(question)) !== undefined;
      asked.wasAnswered = true;
      return true;
    };
    return [
      {
        packetReceived: (life, from, packet) => {
          if (packet.kind === "syn") ask(life, { asker: from, tag: packet.nonce });
        },
        packetSent: (life, to, packet) => {
          if (packet.kind === "ack" && !wasAsked(life, { asker: to, tag: packet.nonce }))
            broken(`peer ${life.port} acknowledges a probe to ${to}, from where none came`);
        },
        heard: (life, { session, content }) => {
          if (content.protocol === "health" && content.message.kind === "probe-request")
            ask(life, { asker: `${life.peerOn(session)}`, tag: content.message.token });
        },
        said: (life, { session, content }) => {
          if (content.protocol !== "health" || content.message.kind !== "probe-answer") return;
          const asker = life.peerOn(session);
          if (asker !== undefined && !wasAsked(life, { asker, tag: content.message.token }))
            broken(`peer ${life.port} answers a probe request of peer ${nameOf(asker)}, which sent none`);
        },
        settled: (life) => {
          const asked = questionsTo(life);
          if (asked.latest === null) return;
          if (life.faults > 0 || !asked.wasAnswered) asked.open.set(keyOfQuestion(asked.latest), true);
          asked.latest = null;
        },
      },
    ];
  },
});

/** How ACKs match their SYNs is for `Probes`. */
const onlyAcksCount = invariant({
  name: "only-acks-count",
  source: "DESIGN section 3.2; wire document, health packet",
  text: "A peer counts an ACK once, and only where it comes from the very address that was probed with its nonce.",
  watch: (broken) => {
    const acks = new Arrivals();
    const addresses = new Addresses();
    return [
      new Probes((life, from) => acks.come(life, from)),
      acks,
      addresses,
      {
        told: (life, { event }) => {
          if (event.kind === "checked" && event.answered && !acks.take(life, event.address))
            broken(`peer ${life.port} counts an ACK of ${event.address}, which has not come`);
          if (event.kind === "probe-answered" && !acks.take(life, `${addresses.of(life, event.peer)}`))
            broken(`peer ${life.port} counts an ACK of peer ${nameOf(event.peer)}, which has not come`);
        },
      },
    ];
  },
});

/** What one life has asked others, and others it, to probe. */
interface Requests {
  readonly ofOthers: Recent<string, Address>;
  readonly ofOurs: Recent<number, Address>;
}

/** An indirect probe: who was asked probes for the one that asks. */
const onlyTrueWordCounts = invariant({
  name: "only-true-word-counts",
  source: "SWIM, section 3.1",
  text: "A peer says that another answers only if that has, to it, and counts such word only of whom it asked.",
  watch: (broken) => {
    const probes = new Probes();
    const words = new Arrivals();
    const addresses = new Addresses();
    const requests = new PerLife<Requests>(() => ({ ofOthers: new Recent(QUESTIONS), ofOurs: new Recent(QUESTIONS) }));
    return [
      probes,
      words,
      addresses,
      {
        heard: (life, { session, content }) => {
          if (content.protocol !== "health") return;
          const { message } = content;
          const other = life.peerOn(session);
          const { ofOthers, ofOurs } = requests.of(life);
          if (message.kind === "probe-request") ofOthers.set(`${other} ${message.token}`, message.target);
          if (message.kind !== "probe-answer" || !message.answered) return;
          const target = ofOurs.get(message.token);
          if (target !== undefined) words.come(life, `${target} ${other}`);
        },
        said: (life, { session, content }) => {
          if (content.protocol !== "health") return;
          const { message } = content;
          const { ofOthers, ofOurs } = requests.of(life);
          if (message.kind === "probe-request") ofOurs.set(message.token, message.target);
          if (message.kind !== "probe-answer" || !message.answered) return;
          const target = ofOthers.get(`${life.peerOn(session)} ${message.token}`);
          if (target !== undefined && !probes.hasAnswered(life, target))
            broken(`peer ${life.port} says that ${target} answered, which it never did`);
        },
        told: (life, { event }) => {
          if (event.kind !== "probe-answered-indirectly") return;
          if (!words.take(life, `${addresses.of(life, event.peer)} ${event.via}`))
            broken(`peer ${life.port} counts a yes of peer ${nameOf(event.via)}, which has not come`);
        },
      },
    ];
  },
});

/** What must hold of health checks. */
export const healthInvariants: readonly Invariant[] = [answersWereAskedFor, onlyAcksCount, onlyTrueWordCounts];

/**
 * What has come to each life and was not counted yet. It counts once, and where no fault makes it late in the step in
 * which it comes.
 */
class Arrivals implements Watch {
  readonly #lives = new PerLife(() => new Map<string, number>());

  come(life: Life, what: string): void {
    const left = this.#lives.of(life);
    left.set(what, (left.get(what) ?? 0) + 1);
  }

  /** Counts one; false if none is left. */
  take(life: Life, what: string): boolean {
    const left = this.#lives.of(life);
    const count = left.get(what) ?? 0;
    left.set(what, Math.max(0, count - 1));
    return count > 0;
  }

  settled(life: Life): void {
    const left = this.#lives.of(life);
    if (left.size > 0 && life.faults === 0 && !life.isPaused) left.clear();
  }
}

/** Where each life has its members. */
class Addresses implements Watch {
  readonly #lives = new PerLife(() => new Map<PeerId, Address>());

  of(life: Life, peer: PeerId): Address | undefined {
    return this.#lives.of(life).get(peer);
  }

  told(life: Life, { event }: PeerEvent): void {
    if (event.kind === "member-joined" || event.kind === "member-moved")
      this.#lives.of(life).set(event.peer, event.address);
  }
}

function keyOfQuestion({ asker, tag }: Question): string {
  return `${asker} ${typeof tag === "number" ? tag : keyOf(tag)}`;
}
