import type { ClusterId } from "../../core/peer-id.ts";

/** Of each cluster, by key, what was the first to be noted. */
export class Firsts<Key, Value> {
  readonly #clusters = new Map<ClusterId, Map<Key, Value>>();

  /** Notes something, unless something was before; what was noted first, perhaps just now. */
  note(cluster: ClusterId, key: Key, value: Value): Value {
    const known = this.#clusters.get(cluster) ?? new Map<Key, Value>();
    this.#clusters.set(cluster, known);
    const first = known.get(key) ?? value;
    known.set(key, first);
    return first;
  }

  /** What was noted first; undefined where nothing was. */
  get(cluster: ClusterId, key: Key): Value | undefined {
    return this.#clusters.get(cluster)?.get(key);
  }

  /** All that was noted in a cluster, in the order of that. */
  of(cluster: ClusterId): Iterable<readonly [Key, Value]> {
    return this.#clusters.get(cluster) ?? [];
  }
}
