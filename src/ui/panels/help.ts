import { helpRows } from "../../control/verbs.ts";
import type { Vocabulary } from "../../control/vocabulary.ts";
import { FAULT_BINDINGS } from "../fault-keys.ts";
import { bindingsOf, type Scope } from "../keys.ts";
import { PANELS } from "../layout.ts";
import { type Line, span, wrap } from "../line.ts";
import type { Card } from "./card.ts";
import { titleOf } from "./header.ts";

const KEYS_WIDTH = 12;
const USAGE_WIDTH = 24;
const SCOPES: readonly Scope[] = ["global", ...PANELS];

/** Keys and commands, both from their tables; about one command only if it is named. */
export function helpCard(about: string | null, columns: number, vocabulary: Vocabulary): Card {
  const commands = helpRows(about, vocabulary.verbs).flatMap((row) => entry(row.usage, row.help, USAGE_WIDTH, columns));
  if (about !== null) return { title: `Help on ${about}`, lines: commands };
  const keys = SCOPES.flatMap((scope) => [
    [span("strong", ` ${scope === "global" ? "Everywhere" : titleOf(scope)}`)],
    ...bindingsOf(vocabulary)
      .filter((binding) => binding.scope === scope)
      .flatMap((binding) => entry(binding.shown, binding.help, KEYS_WIDTH, columns)),
  ]);
  const target = wrap("Keys that need a peer take the marked ones, else the one under the cursor.", columns - 2);
  const faults = FAULT_BINDINGS.flatMap(({ key, line }) =>
    entry(`f ${key}`, line.replace("{target}", "TARGET"), KEYS_WIDTH, columns),
  );
  return {
    title: "Keys and commands",
    lines: [
      ...target.map((text) => ` ${text}`),
      ...keys,
      [span("strong", " Faults"), span("dim", " (each is the line that it stands for)")],
      ...faults,
      [span("strong", " Commands"), span("dim", " (after :)")],
      ...commands,
      [span("strong", " Signs")],
      ...(vocabulary.of === "simulation" ? [...SIGNS, ...SIMULATION_SIGNS] : SIGNS).flatMap(([sign, meaning]) =>
        entry(sign, meaning, KEYS_WIDTH, columns),
      ),
    ],
  };
}

const SIGNS = [
  ["> +", "the cursor; a marked peer"],
  ["* leader", "the leader of the present term"],
  ["3/3", "lives: a missed probe takes one, an answer gives one back"],
  ["HEARD", "since anything was heard of the peer"],
  ["WORST", "its longest silence of the last 10 s"],
  ["RECENT", "the latest round trips, oldest first; x is a missed one"],
  ["LAMPORT", "its clock as last heard, and the difference to ours"],
  ["LINK x->", "what we send to it is cut; ->x what it sends to us; x--x both"],
  ["!!", "a fault that somebody set"],
  ["7003#42", "the 42nd notice that 7003 announced of its type since it started"],
  ["KNOWN", "peers known to have the notice, of those that subscribe its type; >= at least"],
  ["appended", "the entry is in this peer's log, perhaps on no other"],
  ["committed", "a majority holds the entry: it is decided, and stays where it is for ever"],
  ["applied", "this peer has done what the committed entry says"],
  ["[###==..]", "a follower's log beside ours: # it has, = on its way, . to be sent, s of a snapshot"],
  ["replicate", "entries are sent as they come; probe: asked where the logs agree; snapshot: sent one"],
  ["4:12", "ZAB: the twelfth entry of epoch 4; Raft: (4,12), entry 12 of the log, of term 4"],
  ["[discovery]", "the phase of ZAB that this peer is in; in broadcast changes are taken"],
  ["--+-->", "a message of an election, from one peer past others to another"],
  ["7003@123", "7003 has wanted the lock since Lamport time 123; who wants it longest is next"],
  ["token", "of a lock: grows from holder to holder, so that what it guards can refuse an old one"],
  ["LOAD ms", "what a worker owes, in the time that it takes it: the next slice goes to the least"],
  ["MARKED", "the turn from which the next leader goes on with a job: a majority keeps its board"],
  ["SHARE", "the part of all slices that the worker computed"],
  ["LOG", "the index of the log entry that wrote it; LAMPORT the time of whoever proposed that"],
  ["AT", "WrittenAt: the store's own time of the value's latest version; KEPT counts its versions"],
  ["INC", "incarnation: grows when a peer starts or refutes a doubt"],
] as const;

const SIMULATION_SIGNS = [
  ["SIM", "time of the simulation, its speed, and its peers: [the one that is watched]"],
  ["7002x", "a peer that is down or crashed; 7002p one that is paused"],
] as const;

function entry(left: string, right: string, width: number, columns: number): Line[] {
  if (left.length > width) return [[span("accent", `  ${left}`)], ...entry("", right, width, columns)];
  const [first = "", ...rest] = wrap(right, columns - width - 4);
  return [[span("accent", `  ${left.padEnd(width)} `), first], ...rest.map((text) => `  ${" ".repeat(width)} ${text}`)];
}
