import type { PeerId } from "../../core/peer-id.ts";
import { MAX_TOKENS, type MutexMessage, type TreeVersion } from "./message.ts";
import type { Said } from "./way.ts";

type Frozen = Extract<Said, { readonly kind: "frozen" }>;

/** A token that a peer has, and whether it is inside with it. */
export type Reported = Frozen["tokens"][number];

type Orient = Extract<Said, { readonly kind: "orient" }>;

/** A round in which the least peer hears where all tokens are. */
export class Round {
  readonly version: TreeVersion;
  /** All of the tree, by ID. */
  readonly participants: readonly PeerId[];
  /** Where each token is that somebody has. */
  readonly tokens = new Map<string, PeerId>();
  readonly #inside = new Set<string>();
  readonly #unanswered: Set<PeerId>;

  constructor(version: TreeVersion, participants: readonly PeerId[]) {
    this.version = version;
    this.participants = participants;
    this.#unanswered = new Set(participants.slice(1));
  }

  /** Who has not said which tokens it has. */
  get unanswered(): readonly PeerId[] {
    return [...this.#unanswered];
  }

  /** A peer has some tokens. Whoever comes back that was taken for gone may have void ones, but is not inside with them. */
  note(tokens: readonly Reported[], at: PeerId): void {
    for (const { name, inside } of tokens) {
      if (!this.#inside.has(name)) this.tokens.set(name, at);
      if (inside) this.#inside.add(name);
    }
  }

  /** A peer has said, as a whole or in part, which tokens it has; whether all have answered now. */
  answer(from: PeerId, { version, tokens, more }: Extract<MutexMessage, { kind: "frozen" }>): boolean {
    if (version.number !== this.version.number || !this.#unanswered.has(from)) return false;
    this.note(tokens, from);
    if (!more) this.#unanswered.delete(from);
    return this.#unanswered.size === 0;
  }

  /** What begins the tree at the others. */
  orient(): readonly Orient[] {
    const { version } = this;
    const tokens = [...this.tokens].map(([name, at]) => ({ name, at }));
    return inParts(tokens).map(({ part, more }) => ({ kind: "orient", version, tokens: part, more }));
  }

  /** What a peer answers that has these tokens. */
  static frozen(version: TreeVersion, tokens: readonly Reported[]): readonly Frozen[] {
    return inParts(tokens).map(({ part, more }) => ({ kind: "frozen", version, tokens: part, more }));
  }
}

/** A list as messages hold it: one part at least, and each but the last says that there are more. */
function inParts<T>(items: readonly T[]): readonly { readonly part: readonly T[]; readonly more: boolean }[] {
  const parts: { part: readonly T[]; more: boolean }[] = [];
  do {
    const first = parts.length * MAX_TOKENS;
    parts.push({ part: items.slice(first, first + MAX_TOKENS), more: items.length > first + MAX_TOKENS });
  } while (parts.at(-1)?.more === true);
  return parts;
}
