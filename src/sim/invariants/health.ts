import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Invariant, invariant } from "./invariant.ts";
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

/** What one life may count. */
interface Evidence {
  /** Where each member is. */
  readonly addresses: Map<PeerId, Address>;
  /** What each request that came asks about, and what each one that was sent does. */
  readonly requests: Recent<string, Address>;
  readonly requested: Recent<number, Address>;
  /** Answers that were not counted yet, by where they are from. */
  readonly answers: Map<string, number>;
}

/**
 * An answer counts once, and where no fault makes it late in the step in which it comes. How ACKs match their SYNs is
 * for `Probes`.
 */
const onlyAnswersCount = invariant({
  name: "only-answers-count",
  source: "DESIGN section 3.2; SWIM, section 3.1",
  text: "A peer counts an answer only where the very address that it probed acknowledged, to it or to whom it asked.",
  watch: (broken) => {
    const evidence = new PerLife<Evidence>(() => ({
      addresses: new Map(),
      requests: new Recent(QUESTIONS),
      requested: new Recent(QUESTIONS),
      answers: new Map(),
    }));
    const come = (life: Life, answer: string): void => {
      const { answers } = evidence.of(life);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    };
    const count = (life: Life, answer: string): boolean => {
      const { answers } = evidence.of(life);
      const left = (answers.get(answer) ?? 0) - 1;
      answers.set(answer, left);
      return left >= 0;
    };
    const probes = new Probes(come);
    return [
      probes,
      {
        heard: (life, { session, content }) => {
          if (content.protocol !== "health") return;
          const { message } = content;
          const other = life.peerOn(session);
          const { requests, requested } = evidence.of(life);
          if (message.kind === "probe-request") requests.set(`${other} ${message.token}`, message.target);
          if (message.kind !== "probe-answer" || !message.answered) return;
          const target = requested.get(message.token);
          if (target !== undefined) come(life, `${target} ${other}`);
        },
        said: (life, { session, content }) => {
          if (content.protocol !== "health") return;
          const { message } = content;
          const { requests, requested } = evidence.of(life);
          if (message.kind === "probe-request") requested.set(message.token, message.target);
          if (message.kind !== "probe-answer" || !message.answered) return;
          const target = requests.get(`${life.peerOn(session)} ${message.token}`);
          if (target !== undefined && !probes.hasAnswered(life, target))
            broken(`peer ${life.port} says that ${target} answered, which it never did`);
        },
        told: (life, { event }) => {
          const { addresses } = evidence.of(life);
          switch (event.kind) {
            case "member-joined":
            case "member-moved":
              addresses.set(event.peer, event.address);
              return;
            case "checked":
              if (event.answered && !count(life, event.address))
                broken(`peer ${life.port} counts an ACK of ${event.address}, which has not come`);
              return;
            case "probe-answered":
              if (!count(life, `${addresses.get(event.peer)}`))
                broken(`peer ${life.port} counts an ACK of peer ${nameOf(event.peer)}, which has not come`);
              return;
            case "probe-answered-indirectly":
              if (!count(life, `${addresses.get(event.peer)} ${event.via}`))
                broken(`peer ${life.port} counts a yes of peer ${nameOf(event.via)}, which has not come`);
          }
        },
        settled: (life) => {
          const { answers } = evidence.of(life);
          if (answers.size > 0 && life.faults === 0 && !life.isPaused) answers.clear();
        },
      },
    ];
  },
});

/** What must hold of health checks. */
export const healthInvariants: readonly Invariant[] = [answersWereAskedFor, onlyAnswersCount];

function keyOfQuestion({ asker, tag }: Question): string {
  return `${asker} ${typeof tag === "number" ? tag : keyOf(tag)}`;
}
