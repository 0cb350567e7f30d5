import type { PeerId } from "../../core/peer-id.ts";
import { leads, type Running, termOf } from "./leadership.ts";
import { portList } from "./port-list.ts";
import type { Name, Picture, Scene } from "./script.ts";
import type { Stage } from "./stage.ts";

/** What there is to see on a stage, as conditions look at it. */
export class Sight<View> {
  readonly #stage: Pick<Stage<View>, "scene" | "picture">;

  constructor(stage: Pick<Stage<View>, "scene" | "picture">) {
    this.#stage = stage;
  }

  /** As it is now. */
  get scene(): Scene<View> {
    return this.#stage.scene();
  }

  /** What a peer shows; null for one that does not run. */
  picture(name: Name): Picture | null {
    const view = this.scene.view(name);
    return view === null ? null : this.#stage.picture(view);
  }

  /** The peers that run, with what they show, in the order in which they were started. */
  running(): readonly Running[] {
    return this.among(this.scene.names);
  }

  /** Those of some peers that run, with what they show. */
  among(names: readonly Name[]): readonly Running[] {
    return names.flatMap((name) => {
      const picture = this.picture(name);
      return picture === null ? [] : [[name, picture] as const];
    });
  }

  /** Who bears an ID; the beginning of the ID where that is nobody of this script. */
  nameOf(id: PeerId): Name {
    return this.scene.nameOf(id) ?? shortId(id);
  }

  /** The leader that most running peers follow, of several that of the latest term; undefined if nobody follows any. */
  leader(): Name | undefined {
    const candidates = new Map<PeerId, { followers: number; term: number }>();
    for (const [, picture] of this.running()) {
      const { leader } = picture.election;
      if (leader === null) continue;
      const known = candidates.get(leader) ?? { followers: 0, term: 0 };
      candidates.set(leader, { followers: known.followers + 1, term: Math.max(known.term, termOf(picture)) });
    }
    let best = { followers: 0, term: 0 };
    let leader: Name | undefined;
    for (const [id, candidate] of candidates) {
      const name = this.scene.nameOf(id);
      const lead = candidate.followers - best.followers || candidate.term - best.term;
      if (name !== undefined && lead > 0) [best, leader] = [candidate, name];
    }
    return leader;
  }

  /** The first running peer, by order of start, that follows that leader and is another; undefined if there is none. */
  follower(): Name | undefined {
    const leader = this.leader();
    for (const [name, { election }] of this.running()) {
      const followed = election.leader === null ? undefined : this.scene.nameOf(election.leader);
      if (followed !== undefined && followed === leader && name !== leader) return name;
    }
    return undefined;
  }

  /** Who leads and who follows whom, in words: `7001 leads in term 2; 7002,7003 follow 7001; 7004 does not run`. */
  following(names: readonly Name[]): string {
    const groups = new Map<string, Name[]>();
    for (const name of names) {
      const does = this.#does(name);
      groups.set(does, [...(groups.get(does) ?? []), name]);
    }
    const told = [...groups].map(([does, group]) => `${portList(group)} ${group.length === 1 ? does : plural(does)}`);
    return told.length === 0 ? "nobody was started" : told.join("; ");
  }

  #does(name: Name): string {
    const picture = this.picture(name);
    if (picture === null) return "does not run";
    const { kind, leader } = picture.election;
    if (leads(picture)) return kind === "raft" ? `leads in term ${picture.raft.currentTerm}` : "leads";
    return leader === null ? "follows nobody" : `follows ${this.nameOf(leader)}`;
  }
}

/** The beginning of an ID: enough to tell two apart. */
export function shortId(id: string): string {
  return `#${id.slice(0, 8)}`;
}

function plural(does: string): string {
  return does.replace(/^does/, "do").replace(/^(follow|lead)s/, "$1");
}
