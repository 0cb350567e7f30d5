import type { SessionId } from "../../core/protocol.ts";
import type { Notice } from "../../protocols/notification/notice.ts";
import type { GossipMessage } from "../../wire/gossip-message.ts";
import { type Broken, type Invariant, invariant } from "./invariant.ts";
import { type Life, nameOf, PerLife } from "./life.ts";
import { Notices, nameOfNotice, noticesIn, wordsFor } from "./notices.ts";
import { Talks } from "./talks.ts";

/** The life of a notice that comes from another network, which no peer here has announced. */
const FOREIGN = 0;

const noticesComeOnce = invariant({
  name: "notices-come-once",
  source: "DESIGN section 3.3; the head of notification.ts, safety",
  text: "A peer announces or receives a notice at most once in its life, and no notice is announced twice.",
  watch: (broken) => {
    const announced = new Set<string>();
    const come = new PerLife(() => new Set<string>());
    return [
      {
        told: (life, { event }) => {
          if (event.kind === "notices-announced") {
            for (const notice of event.notices) {
              const key = nameOfNotice(notice);
              if (announced.has(key) || notice.origin !== life.id)
                broken(`peer ${life.port} announces ${wordsFor(notice)}, which is not new`);
              announced.add(key);
              come.of(life).add(key);
            }
          } else if (event.kind === "notices-received") {
            for (const notice of event.notices) {
              const key = nameOfNotice(notice);
              if (come.of(life).has(key)) broken(`peer ${life.port} takes ${wordsFor(notice)} for new once more`);
              come.of(life).add(key);
            }
          }
        },
      },
    ];
  },
});

const noticesComeAsAnnounced = invariant({
  name: "notices-come-as-announced",
  source: "DESIGN section 3.3, spreading",
  text: "A notice that a peer receives was announced by its origin, with the same data at the same Lamport time.",
  watch: (broken) => {
    const notices = new Notices();
    return [
      notices,
      {
        told: (life, { event }) => {
          if (event.kind !== "notices-received") return;
          for (const notice of event.notices) {
            if (notice.life === FOREIGN) continue;
            const original = notices.announced(notice);
            if (original === undefined)
              return broken(`peer ${life.port} receives ${wordsFor(notice)}, which nobody announced`);
            if (original.lamport !== notice.lamport || Buffer.compare(original.data, notice.data) !== 0)
              broken(`peer ${life.port} receives ${wordsFor(notice)} otherwise than it was announced`);
          }
        },
      },
    ];
  },
});

const noticesKeepTheirTtl = invariant({
  name: "notices-keep-their-ttl",
  source: "DESIGN section 3.3, TTL",
  text: "The TTL of a copy is that of the original less the links crossed before; 0, which has no limit, stays 0.",
  watch: (broken) => {
    const notices = new Notices();
    return [
      notices,
      {
        said: (life, said) => {
          for (const copy of noticesIn(said)) {
            const original = notices.announced(copy);
            if (original === undefined || isRightTtl(original.ttl, copy)) continue;
            const seen = `at hop ${copy.hops} with TTL ${copy.ttl}`;
            broken(`peer ${life.port} sends ${wordsFor(copy)} ${seen}, which began with ${original.ttl}`);
          }
        },
      },
    ];
  },
});

/** What a peer has sent in one step, until the step is over: it may tell of what it does after doing it. */
type Sending = Notice[];

/** What it has told programs in one step, likewise. */
type Telling = { readonly session: SessionId; readonly message: Extract<GossipMessage, { kind: "notification" }> }[];

const onlyAcceptedNoticesSpread = invariant({
  name: "only-accepted-notices-spread",
  source: "DESIGN section 3.3, validation and relaying",
  text: "A peer receives only types that are subscribed there, and sends only notices that it has accepted.",
  watch: (broken) => {
    const notices = new Notices();
    const sending = new PerLife<Sending>(() => []);
    return [
      notices,
      {
        told: (life, { event }) => {
          if (event.kind !== "notices-received") return;
          for (const notice of event.notices) {
            if (!notices.subscribes(life, notice.dataType))
              broken(`peer ${life.port} receives ${wordsFor(notice)} of a type that nobody there subscribes`);
          }
        },
        said: (life, said) => {
          const copies = noticesIn(said);
          if (copies.length > 0) sending.of(life).push(...copies);
        },
        settled: (life) => {
          for (const copy of sending.of(life).splice(0)) {
            const state = notices.known(life, copy)?.state ?? "unknown";
            if (state !== "accepted") broken(`peer ${life.port} sends ${wordsFor(copy)}, which is ${state} there`);
          }
        },
      },
    ];
  },
});

/** What somebody asks for it gets, though it may have had it before. */
const noticesNeverGoBack = invariant({
  name: "notices-never-go-back",
  source: "DESIGN section 3.3, spreading",
  text: "A notice is pushed neither to its origin nor to the peer that brought it first.",
  watch: (broken) => {
    const notices = new Notices();
    return [
      notices,
      {
        said: (life, said) => {
          const { content, session } = said;
          if (content.protocol !== "notification" || content.message.kind !== "push") return;
          const to = life.peerOn(session);
          if (to === undefined) return;
          for (const copy of content.message.notices) {
            const isBack = copy.origin === to || notices.known(life, copy)?.from === to;
            if (isBack) broken(`peer ${life.port} pushes ${wordsFor(copy)} back to peer ${nameOf(to)}`);
          }
        },
      },
    ];
  },
});

/**
 * Notifications bear no name of their notice, only its data. So they are counted: of the same data a program is notified
 * as often as such notices came, at most. Whether it was valid can be told where they came once.
 */
const programsAreNotifiedOnce = invariant({
  name: "programs-are-notified-once",
  source: "DESIGN section 3.3, NOTIFICATION",
  text: "A program is notified of each notice at most once, and only of what was announced there or has come.",
  watch: (broken) => {
    const talks = new Talks();
    const telling = new PerLife<Telling>(() => []);
    return [
      talks,
      {
        programTold: (life, { session, said }) => {
          for (const message of said) if (message.kind === "notification") telling.of(life).push({ session, message });
        },
        settled: (life) => {
          for (const { session, message } of telling.of(life).splice(0)) {
            const { came, notified } = talks.count(life, session, message);
            if (notified > came)
              broken(`peer ${life.port} notifies program ${session} ${notified} times of what came ${came} times`);
          }
        },
      },
    ];
  },
});

const noticesWaitForValidation = invariant({
  name: "notices-wait-for-validation",
  source: "DESIGN section 3.3, VALIDATION",
  text: "A notice spreads on only after every program that was notified of it has found it valid.",
  watch: (broken) => {
    const talks = new Talks();
    return [
      talks,
      {
        said: (life, said) => {
          for (const copy of noticesIn(said)) checkValidated(life, copy, talks, broken);
        },
      },
    ];
  },
});

/** What must hold of notices. */
export const notificationInvariants: readonly Invariant[] = [
  noticesComeOnce,
  noticesComeAsAnnounced,
  noticesKeepTheirTtl,
  onlyAcceptedNoticesSpread,
  noticesNeverGoBack,
  programsAreNotifiedOnce,
  noticesWaitForValidation,
];

/** Whether a copy has the TTL that it should have after so many hops. */
function isRightTtl(original: number, { ttl, hops }: Notice): boolean {
  return original === 0 ? ttl === 0 : ttl >= 1 && ttl + hops === original + 1;
}

function checkValidated(life: Life, copy: Notice, talks: Talks, broken: Broken): void {
  for (const { session, answer } of talks.unconvinced(life, copy))
    broken(`peer ${life.port} sends ${wordsFor(copy)}, which program ${session} ${answer}`);
}
