import type { PeerId } from "../../core/peer-id.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { Name, Scene, SceneEvent } from "./script.ts";
import type { Sight } from "./sight.ts";
import { happening, inOrder, type Names, seconds, sentence, wordsOf } from "./told.ts";

type ConfigurationChange = Extract<PeerEvent["event"], { readonly kind: "configuration-changed" }>;

/** Kinds of events that a story leaves out, for each follows from one that it tells. */
const LEFT_OUT: ReadonlySet<PeerEvent["event"]["kind"]> = new Set([
  // From the verdicts on members.
  "id-added",
  "id-removed",
  // From a start, or a doubt that is refuted.
  "incarnation-grown",
  // From two peers that dial each other at once.
  "link-replaced",
  // From the loss of a link, again and again.
  "dial-failed",
  // From what a link is refused for.
  "other-cluster-met",
]);

/** The same words of some peers about some peers. */
interface Saying {
  readonly tellers: readonly Name[];
  readonly kind: string;
  readonly about: readonly Name[];
  readonly rest: string;
}

/**
 * Tells what peers tell, for people: what several say in the same words at the same instant, to the millisecond, is one
 * line, and so is what is said of several. The order of lines within an instant is that of their first events.
 */
export class Narrator<View> {
  readonly #sight: Pick<Sight<View>, "scene">;
  readonly #add: (line: string) => void;
  /** Events up to this one were taken. */
  #taken = 0;
  /** Of one instant, told when it is over. */
  #sayings: Saying[] = [];
  #instantMs = 0;
  /** Who bears which ID by now. */
  readonly #ids = new Map<Name, PeerId>();
  /** Everybody hears of every configuration; the first to do so tells it. */
  readonly #configurations = new Set<string>();

  /** @param add is given each line */
  constructor(sight: Pick<Sight<View>, "scene">, add: (line: string) => void) {
    this.#sight = sight;
    this.#add = add;
  }

  /** Takes all events so far, and tells those of instants that are over. */
  listen(): void {
    const { scene } = this.#sight;
    for (; this.#taken < scene.events.length; this.#taken++) {
      const event = scene.events[this.#taken];
      if (event !== undefined) this.#take(event, scene);
    }
    if (!this.#isNow(scene.now)) this.finish();
  }

  /** Tells whatever is not told yet. */
  finish(): void {
    const byWords = merged(this.#sayings, ({ kind, about, rest }) => [kind, about.join(), rest].join(" "));
    for (const { tellers, kind, about, rest } of merged(byWords, subjectless)) {
      this.#add(happening(this.#instantMs, inOrder(tellers), sentence(kind, inOrder(about), rest)));
    }
    this.#sayings = [];
  }

  #take(told: SceneEvent, scene: Scene<View>): void {
    const { at, peer, event } = told;
    if (event.kind === "started") this.#ids.set(peer, event.peer);
    if (!this.#isNow(at)) this.finish();
    this.#instantMs = at;
    if (!told.routine && !LEFT_OUT.has(event.kind)) this.#say(peer, event, scene);
  }

  #say(peer: Name, event: SceneEvent["event"], scene: Scene<View>): void {
    if (event.kind === "configuration-changed" && !this.#isNew(event)) return;
    const { kind, about, rest } = wordsOf(event, this.#namesIn(scene));
    this.#sayings.push({ tellers: [peer], kind, about: about === null || about === peer ? [] : [about], rest });
  }

  #isNew({ index, configuration: { voters, learners } }: ConfigurationChange): boolean {
    const told = [index, voters.join(), learners.join()].join(" ");
    if (this.#configurations.has(told)) return false;
    this.#configurations.add(told);
    return true;
  }

  /** What a peer was called before it lost its ID is told apart from what it is called now. */
  #namesIn(scene: Scene<View>): Names {
    const nameOf = (id: PeerId): Name | undefined => {
      const name = scene.nameOf(id);
      if (name === undefined) return undefined;
      return (this.#ids.get(name) ?? id) === id ? name : `former-${name}`;
    };
    return { nameOf, nameAt: (address) => scene.nameAt(address) };
  }

  #isNow(ms: number): boolean {
    return this.#sayings.length === 0 || seconds(ms) === seconds(this.#instantMs);
  }
}

/** What is the same for those that are one line but for whom they are about; those about nobody stay as they are. */
function subjectless({ tellers, kind, about, rest }: Saying): string {
  return [inOrder(tellers).join(), kind, about.length > 0, rest].join(" ");
}

/** One saying for all with the same key, of all their tellers about all their peers. */
function merged(sayings: readonly Saying[], keyOf: (saying: Saying) => string): readonly Saying[] {
  const found = new Map<string, Saying>();
  for (const saying of sayings) {
    const key = keyOf(saying);
    const same = found.get(key) ?? saying;
    const tellers = [...new Set([...same.tellers, ...saying.tellers])];
    found.set(key, { ...saying, tellers, about: [...new Set([...same.about, ...saying.about])] });
  }
  return [...found.values()];
}
