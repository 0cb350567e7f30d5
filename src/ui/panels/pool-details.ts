import type { PeerId } from "../../core/peer-id.ts";
import { addressParts, ownAddressParts } from "../address-words.ts";
import { age, count, duration, size } from "../format.ts";
import { jobState, rateWord, stuckCure, turnWords } from "../job-words.ts";
import { labelOf } from "../labels.ts";
import { plain } from "../line.ts";
import type { Model } from "../model.ts";
import { type Card, field, wrapField } from "./card.ts";

/** The virtual address, who holds it and how that ends. */
export function addressCard({ view, names, columns }: Model): Card {
  const { vip, broker } = view;
  const { counts, boards } = broker;
  const holder = vip.holder === null ? "nobody" : labelOf(names, vip.holder);
  return {
    title: "Virtual address",
    lines: [
      ...wrapField("now", [...addressParts(view, names), ...ownAddressParts(view)].map(plain).join(", "), columns),
      field("address", vip.address ?? "none: p2p-node --vip HOST:PORT gives the pool one"),
      field("driver", vip.driver),
      field("holder", vip.holderAddress === null ? holder : `${holder}, at ${vip.holderAddress}`),
      field("term", String(vip.term)),
      field("here", vip.held ? `${vip.phase}, holds the address` : vip.phase),
      field("since", vip.sinceMs === null ? "-" : `${age(vip.sinceMs)} ago`),
      ...wrapField("lease", leaseWords(vip), columns),
      field("renewals", `${vip.renewals}, and ${count(vip.expiries, "lease")} that ran out`),
      field("slices", `${counts.slices} counted, ${counts.hedged} asked of two, ${counts.moved} moved`),
      ...wrapField(
        "not counted",
        `${counts.lateAnswers} late, ${counts.duplicateAnswers} twice, ${counts.unknownAnswers} unknown, ${counts.rejectedAnswers} of an old term`,
        columns,
      ),
      field("refused", count(counts.refusedCalls, "request")),
      field("kept here", `${count(boards.count, "board")}, ${size(boards.bytes)}`),
    ],
  };
}

/** All of a worker. */
export function workerCard({ view, names }: Model, peer: PeerId): Card {
  const title = `Worker ${labelOf(names, peer)}`;
  const worker = view.broker.workers.find((each) => each.peer === peer);
  if (worker === undefined) return { title, lines: [" It works for the pool no more."] };
  const { speed, outstanding, loadMs, slices, failures, responseMs } = worker;
  return {
    title,
    lines: [
      field("peer", labelOf(names, peer)),
      field("speed", speed === null ? "not measured yet" : `${speed.toFixed(1)} cells a microsecond`),
      field("owes", `${outstanding} cells, each a turn further`),
      field("load", `${duration(loadMs)}: what it owes over its speed; the least is asked next`),
      field("slices", `${slices} of it were counted`),
      field("failures", `${failures} were taken from it, late or lost`),
      field("response", responseMs === null ? "-" : `${duration(responseMs)}, median of its latest slices`),
    ],
  };
}

/** All of a job. */
export function jobCard({ view, columns }: Model, id: number): Card {
  const job = view.broker.jobs.find((each) => each.id === id);
  const title = `Job ${id}`;
  if (job === undefined) return { title, lines: [" It is known no more: only the latest that have ended are."] };
  const { topology, turns, alive, markedTurn, stuck } = job;
  return {
    title,
    lines: [
      field("state", jobState(job)),
      ...(stuck === null ? [] : wrapField("to do", stuckCure(stuck), columns)),
      field("board", `${job.size} x ${job.size}, ${topology}`),
      field("turn", turns === null ? `${job.turn}, for ever` : `${job.turn} of ${turns}`),
      field("turns/s", rateWord(job) ?? "-"),
      field("alive", count(alive, "cell")),
      ...wrapField("safe at", `turn ${markedTurn}: from there the next leader goes on if this one is lost`, columns),
      field("L", `shows its board, ${turnWords(job)}`),
    ],
  };
}

function leaseWords({ leaseMs, leaseLeftMs, waitMs }: Model["view"]["vip"]): string {
  const left = leaseLeftMs === null ? "" : `; this one ends in ${duration(leaseLeftMs)} unless it is renewed`;
  const wait = waitMs === null ? "" : `; the one before ends in ${duration(waitMs)} at the latest`;
  return `${duration(leaseMs)} each${left}${wait}`;
}
