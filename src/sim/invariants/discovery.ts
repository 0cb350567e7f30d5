import { type ClusterId, NO_CLUSTER } from "../../core/peer-id.ts";
import { type Invariant, invariant, type Said } from "./invariant.ts";
import { type Fold, Journals } from "./journals.ts";

/** Every cluster that a peer ever belonged to. */
const clusters: Fold<Set<ClusterId>> = {
  fresh: () => new Set(),
  apply: (known, entry) => {
    if (entry.protocol !== "discovery" || entry.record.kind === "remembered") return;
    known.add(entry.record.kind === "yielded" ? entry.record.to : entry.record.cluster);
  },
};

const clusterIsSaved = invariant({
  name: "cluster-is-saved",
  source: "DESIGN section 5, no configuration; the head of discovery.ts",
  text: "That a peer belongs to a cluster is on disk before anybody hears of it.",
  watch: (broken) => {
    const journals = new Journals(clusters);
    return [
      journals,
      {
        said: (life, said) => {
          const cluster = clusterIn(said);
          if (cluster === NO_CLUSTER || journals.of(life).saved.has(cluster)) return;
          broken(`peer ${life.port} says that it belongs to ${cluster}, which its disk does not know`);
        },
      },
    ];
  },
});

/** What must hold of clusters. */
export const discoveryInvariants: readonly Invariant[] = [clusterIsSaved];

/** Where the sender says that it belongs; zero where it says nothing of it. */
function clusterIn({ content }: Said): ClusterId {
  if (content.protocol === "discovery") return content.message.cluster;
  return content.protocol === "link" && content.message.kind === "hello" ? content.message.cluster : NO_CLUSTER;
}
