import type { PeerId } from "../core/peer-id.ts";
import type { PeerView } from "../peer/peer-view.ts";
import {
  type Argument,
  type Arguments,
  completionsOf,
  type ParsedLine,
  parseWith,
  type Reading,
  usage,
  type Verb,
  verbNamed,
} from "./grammar.ts";
import type { PeerNames } from "./peer-names.ts";

const EVERYBODY = "all";

/** One other peer. */
const peer: Argument<PeerId> = {
  shape: "PEER",
  optional: true,
  read: (word, names) => {
    const found = names.find(word);
    return found.ok ? { ok: true, value: found.peer } : found;
  },
  offers: (names) => names.labels,
};

/** Other peers, joined by commas, or `all`. This peer itself is not among them. */
const otherPeers: Argument<readonly PeerId[] | "all"> = {
  shape: `PEER,...|${EVERYBODY}`,
  optional: true,
  read: (word, names) => {
    if (word === EVERYBODY) return { ok: true, value: EVERYBODY };
    const peers: PeerId[] = [];
    for (const part of word.split(",")) {
      const found = names.find(part);
      if (!found.ok) return found;
      if (found.peer === names.self) return { ok: false, text: `${part} is this peer: say another, or ${EVERYBODY}` };
      peers.push(found.peer);
    }
    return { ok: true, value: peers };
  },
  offers: (names) => [...names.labels.slice(1), EVERYBODY],
};

/** The name of a verb. */
const verbName: Argument<string> = {
  shape: "COMMAND",
  optional: true,
  read: (word) => {
    const name = verbNamed(verbs, word);
    return name === undefined
      ? { ok: false, text: `no command is called ${word}: say ${Object.keys(verbs).join(", ")}` }
      : { ok: true, value: name };
  },
  offers: () => Object.keys(verbs),
};

/** Every verb, in the order in which help lists them. */
export const verbs = {
  test: verb({
    arguments: { peers: otherPeers },
    help: "health-check peers now (all of them if none is named)",
    key: { key: "t", scope: "global" },
    takesTarget: true,
  }),
  exchange: verb({
    arguments: {},
    help: "exchange gossip IDs with a random peer now",
    key: { key: "x", scope: "gossip" },
  }),
  transfer: verb({
    arguments: { peer },
    help: "hand leadership to a peer (to the standby if none is named)",
    key: { key: "T", scope: "raft" },
    takesTarget: true,
  }),
  leave: verb({
    arguments: {},
    help: "say goodbye to everybody and quit",
    aliases: ["q", "quit"],
    key: { key: "q", scope: "global" },
    loss: lossOfLeaving,
  }),
  table: verb({ arguments: {}, help: "show the network table", doneBy: "screen" }),
  help: verb({ arguments: { about: verbName }, help: "show keys and commands, or one command", doneBy: "screen" }),
};

/** A command as it was understood. */
export type Command = ParsedLine<typeof verbs>;

/** Understands a line of the palette, such as `test 7002`; else one line says which word is wrong and what is right. */
export function parseLine(line: string, names: PeerNames): Reading<Command> {
  return parseWith(verbs, line, names);
}

/** The whole words with which a line may go on. */
export function complete(line: string, names: PeerNames): readonly string[] {
  return completionsOf(verbs, line, names);
}

/** How each verb is said and what it does, one a row; only one if it is named. */
export function helpRows(about: string | null): readonly { readonly usage: string; readonly help: string }[] {
  const listed = Object.entries<Verb>(verbs).filter(([name]) => about === null || name === about);
  return listed.map(([name, entry]) => ({ usage: usage(name, entry), help: entry.help }));
}

type Declared<A extends Arguments> = Pick<Verb<A>, "arguments" | "help"> & Partial<Verb<A>>;

function verb<A extends Arguments>(declared: Declared<A>): Verb<A> {
  return { aliases: [], key: null, takesTarget: false, doneBy: "peer", loss: () => null, ...declared };
}

/** A leaving voter costs the others their quorum if it is one of the last that make it. */
function lossOfLeaving(view: PeerView, names: PeerNames): string | null {
  const { voters, quorum } = view.raft;
  const left = quorum.up - 1;
  const voting = voters.includes(view.self.id) && voters.length > 1;
  if (!voting || quorum.up < quorum.needed || left >= quorum.needed) return null;
  const rest = `${left} of ${voters.length} voters would be up, ${quorum.needed} needed`;
  return `leave ${names.label(view.self.id)}: the others lose their quorum (${rest})`;
}
