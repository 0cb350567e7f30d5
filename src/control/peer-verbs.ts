import { optional, otherPeers, peer } from "./arguments.ts";
import { verb } from "./grammar.ts";
import { lossOfLeaving } from "./losses.ts";
import { data, dataType, ttl } from "./notice-arguments.ts";

/** What a peer is asked to do besides faults, in the order in which help lists it. */
export const peerVerbs = {
  test: verb({
    arguments: { peers: optional(otherPeers) },
    help: "health-check peers now (all of them if none is named)",
    key: { key: "t", scope: "global" },
    takesTarget: true,
    inverse: { none: "it changes nothing" },
  }),
  exchange: verb({
    arguments: {},
    help: "exchange gossip IDs with a random peer now",
    key: { key: "x", scope: "gossip" },
    inverse: { none: "it changes nothing that lasts" },
  }),
  transfer: verb({
    arguments: { peer: optional(peer) },
    help: "hand leadership to a peer (to the standby if none is named)",
    key: { key: "T", scope: "raft" },
    takesTarget: true,
    inverse: { none: "only the new leader can hand it back" },
  }),
  announce: verb({
    arguments: { dataType, ttl, data },
    help: "announce data of a type, the rest of the line, to all who subscribe it",
    key: { key: "a", scope: "notices", opens: true },
    takesUnder: "type",
    inverse: { none: "what was said is said" },
  }),
  subscribe: verb({
    arguments: { dataType },
    help: "see what is announced of a data type, and find all of it valid",
    key: { key: "s", scope: "notices" },
    takesUnder: "type",
    inverse: { line: "unsubscribe {type}" },
  }),
  unsubscribe: verb({
    arguments: { dataType },
    help: "see a data type no more",
    keyless: "the key of subscribe does it where the type is subscribed",
    inverse: { line: "subscribe {type}" },
  }),
  leave: verb({
    arguments: {},
    help: "say goodbye to everybody and quit",
    aliases: ["q", "quit"],
    key: { key: "q", scope: "global" },
    inverse: { none: "the process ends: start it again" },
    loss: lossOfLeaving,
  }),
};
