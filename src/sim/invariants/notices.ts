import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { NoticeState } from "../../protocols/notification/message.ts";
import { type Notice, noticeIdOf } from "../../protocols/notification/notice.ts";
import type { Said, Watch } from "./invariant.ts";
import { type Life, nameOf, PerLife } from "./life.ts";

/** What one life has made of a notice. */
interface Known {
  /** Who brought it first; null where it was announced there or came from another network. */
  readonly from: PeerId | null;
  /** As it came. */
  readonly notice: Notice;
  state: NoticeState;
}

/** Who subscribes a type at a peer: programs, by their connections, or null for the person there. */
type Subscribers = Map<number, Set<SessionId | null>>;

/** What peers have told of notices, in the order of their telling. A watch to put before those that ask it. */
export class Notices implements Watch {
  /** Of all lives: what was announced, as its origin told it. */
  readonly #announced = new Map<string, Notice>();
  readonly #known = new PerLife(() => new Map<string, Known>());
  readonly #subscribers = new PerLife<Subscribers>(() => new Map());

  /** What was announced under the name of a notice; undefined where nothing was. */
  announced(notice: Notice): Notice | undefined {
    return this.#announced.get(nameOfNotice(notice));
  }

  /** What a life has made of a notice that it has announced or received; undefined where it has done neither. */
  known(life: Life, notice: Notice): Known | undefined {
    return this.#known.of(life).get(nameOfNotice(notice));
  }

  /** Whether anybody at a peer subscribes a type. */
  subscribes(life: Life, dataType: number): boolean {
    return this.#subscribers.of(life).has(dataType);
  }

  told(life: Life, { event }: PeerEvent): void {
    switch (event.kind) {
      case "type-subscribed":
        return this.#subscribe(life, event.dataType, event.session);
      case "type-unsubscribed":
        return this.#unsubscribe(life, event.dataType, event.session);
      case "notices-announced":
        for (const notice of event.notices) {
          this.#announced.set(nameOfNotice(notice), notice);
          this.#meet(life, notice, null);
        }
        return;
      case "notices-received":
        for (const notice of event.notices) this.#meet(life, notice, event.from);
        return;
      case "notices-accepted":
        for (const notice of event.notices) this.#settle(life, notice, "accepted");
        return;
      case "notice-rejected":
        return this.#settle(life, event.notice, "rejected");
    }
  }

  #meet(life: Life, notice: Notice, from: PeerId | null): void {
    this.#known.of(life).set(nameOfNotice(notice), { from, notice, state: "pending" });
  }

  #settle(life: Life, notice: Notice, state: NoticeState): void {
    const known = this.known(life, notice);
    if (known !== undefined) known.state = state;
  }

  #subscribe(life: Life, dataType: number, session: SessionId | null): void {
    const types = this.#subscribers.of(life);
    const subscribers = types.get(dataType) ?? new Set();
    types.set(dataType, subscribers.add(session));
  }

  #unsubscribe(life: Life, dataType: number, session: SessionId | null): void {
    const types = this.#subscribers.of(life);
    const subscribers = types.get(dataType);
    subscribers?.delete(session);
    if (subscribers?.size === 0) types.delete(dataType);
  }
}

/** The notices that a message between peers brings; none where it is about something else. */
export function noticesIn({ content }: Said): readonly Notice[] {
  if (content.protocol !== "notification") return [];
  const { message } = content;
  return message.kind === "push" || message.kind === "pulled" ? message.notices : [];
}

/** A notice in a few words. */
export function wordsFor(notice: Notice): string {
  return `notice ${noticeIdOf(notice)} of peer ${nameOf(notice.origin)}`;
}

/** What names a notice for ever. */
export function nameOfNotice({ origin, life, dataType, sequence }: Notice): string {
  return `${origin} ${life} ${dataType} ${sequence}`;
}
