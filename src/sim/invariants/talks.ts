import { Fingerprint } from "../../core/fingerprint.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { Talked, Watch } from "./invariant.ts";
import { type Life, PerLife } from "./life.ts";

/** Data of a type, as notices and notifications both have it. */
interface Content {
  readonly dataType: number;
  readonly data: Uint8Array;
}

/** What a program has answered about something, as a violation says it. */
type Answer = "has not answered" | "has found invalid";

/** What happened to one content in one life. */
interface Story {
  /** How many notices with it were announced or received there. */
  came: number;
  /** Of each program, how often it was notified. */
  readonly notified: Map<SessionId, number>;
  /** Programs that have not found it valid. */
  readonly unconvinced: Map<SessionId, Answer>;
}

/** What one life has to do with its programs. */
interface Talk {
  readonly stories: Map<string, Story>;
  /** By connection and message ID, what a notification was about. */
  readonly asked: Map<SessionId, Map<number, Story>>;
}

/** What local programs were notified of, and what they answered. A watch to put before those that ask it. */
export class Talks implements Watch {
  readonly #talks = new PerLife<Talk>(() => ({ stories: new Map(), asked: new Map() }));

  /** How many notices with a content have come, and how often a program was notified of such. */
  count(life: Life, session: SessionId, content: Content): { readonly came: number; readonly notified: number } {
    const { came, notified } = this.#story(life, content);
    return { came, notified: notified.get(session) ?? 0 };
  }

  /**
   * The programs that were notified of a notice and have not found it valid; nobody where several notices had the same
   * data, since an answer does not tell them apart.
   */
  *unconvinced(
    life: Life,
    content: Content,
  ): Generator<{ readonly session: SessionId; readonly answer: Answer }, void> {
    // Where no program was ever asked, nothing has to be looked for.
    if (this.#talks.of(life).asked.size === 0) return;
    const { came, unconvinced } = this.#story(life, content);
    if (came === 1) for (const [session, answer] of unconvinced) yield { session, answer };
  }

  told(life: Life, { event }: PeerEvent): void {
    if (event.kind !== "notices-announced" && event.kind !== "notices-received") return;
    for (const notice of event.notices) this.#story(life, notice).came += 1;
  }

  programTold(life: Life, { session, said }: Talked): void {
    for (const message of said) {
      if (message.kind !== "notification") continue;
      const story = this.#story(life, message);
      story.notified.set(session, (story.notified.get(session) ?? 0) + 1);
      story.unconvinced.set(session, "has not answered");
      const { asked } = this.#talks.of(life);
      const ofSession = asked.get(session) ?? new Map<number, Story>();
      asked.set(session, ofSession.set(message.messageId, story));
    }
  }

  programSaid(life: Life, { session, said }: Talked): void {
    const asked = this.#talks.of(life).asked.get(session);
    for (const message of said) {
      if (message.kind !== "validation") continue;
      const story = asked?.get(message.messageId);
      if (story === undefined) continue;
      asked?.delete(message.messageId);
      if (message.valid) story.unconvinced.delete(session);
      else story.unconvinced.set(session, "has found invalid");
    }
  }

  #story(life: Life, { dataType, data }: Content): Story {
    const fingerprint = new Fingerprint();
    fingerprint.number(dataType);
    fingerprint.bytes(data);
    const key = fingerprint.hex();
    const { stories } = this.#talks.of(life);
    const story = stories.get(key) ?? { came: 0, notified: new Map(), unconvinced: new Map() };
    stories.set(key, story);
    return story;
  }
}
