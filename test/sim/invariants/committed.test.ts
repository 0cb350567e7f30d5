import type { AnyRecord } from "../../../src/peer/registry.ts";
import type { Entry } from "../../../src/protocols/raft/message.ts";
import { A, B, C, hardState, inCluster, OTHER_CLUSTER, rule, type Stage, tells } from "./stage.ts";

function noOp(index: number, term: number): Entry {
  return { index, term, payload: { kind: "no-op" } };
}

function append(...entries: readonly Entry[]): AnyRecord {
  return { protocol: "raft", record: { kind: "append", entries } };
}

function committed(index: number, term: number) {
  return tells({ kind: "entry-committed", index, term });
}

/** A peer has entries in its log and commits the last of them. */
function commits(stage: Stage, port: number, ...entries: readonly Entry[]): void {
  const last = entries.at(-1) ?? noOp(0, 0);
  stage.hands(port, hardState(last.term), append(...entries));
  stage.does(port, committed(last.index, last.term));
}

/** An entry whose payload is of this one voter. */
function configuration(stage: Stage, index: number, term: number, voter: number): Entry {
  return {
    index,
    term,
    payload: { kind: "configuration", configuration: { voters: [stage.id(voter)], learners: [] } },
  };
}

rule("committed-for-good", {
  breaks: {
    "two peers commit entries of two terms at one index": [
      (stage) => {
        commits(stage, A, noOp(1, 1));
        commits(stage, B, noOp(1, 2));
      },
      /at 1 peer 7001 commits a no-op of term 1, peer 7002 a no-op of term 2/,
    ],
    "two peers commit entries of one term that are not the same": [
      (stage) => {
        commits(stage, A, configuration(stage, 1, 1, A));
        commits(stage, B, configuration(stage, 1, 1, B));
      },
      /at 1 peer 7001 commits a configuration of term 1, peer 7002 a configuration of term 1/,
    ],
    "one peer commits another entry after a crash": [
      (stage) => {
        commits(stage, A, noOp(1, 1));
        stage.crash(A, inCluster());
        commits(stage, A, noOp(1, 2));
      },
      /at 1 peer 7001 commits a no-op of term 1, peer 7001 a no-op of term 2/,
    ],
    "a peer commits what it does not hold": [
      (stage) => stage.does(A, committed(1, 1)),
      /peer 7001 commits 1 of term 1 and holds nothing there/,
    ],
    "a peer commits what it has cut": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 1)), append(noOp(2, 2)));
        stage.does(A, committed(2, 1));
      },
      /peer 7001 commits 2 of term 1 and holds a no-op of term 2 there/,
    ],
  },
  holds: {
    "all commit the same, some of it again after a crash": (stage) => {
      for (const port of [A, B, C]) commits(stage, port, configuration(stage, 1, 1, A), noOp(2, 1));
      stage.crash(B, [...inCluster(), append(configuration(stage, 1, 1, A), noOp(2, 1))]);
      stage.does(B, committed(1, 1), committed(2, 1));
    },
    "what was never committed is replaced": (stage) => {
      stage.hands(A, append(noOp(1, 1), noOp(2, 1)));
      stage.does(A, committed(1, 1));
      commits(stage, B, noOp(1, 1), noOp(2, 2));
      stage.hands(A, append(noOp(2, 2)));
      stage.does(A, committed(2, 2));
    },
    "two clusters commit what they like": (stage) => {
      commits(stage, A, noOp(1, 1));
      stage.crash(B, inCluster(OTHER_CLUSTER));
      commits(stage, B, noOp(1, 2));
    },
  },
});

function elected(stage: Stage, port: number, leader: number, term: number): void {
  stage.does(port, tells({ kind: "leader-elected", term, leader: stage.id(leader), election: null, previous: null }));
}

rule("leaders-hold-all-committed", {
  breaks: {
    "a leader lacks an entry": [
      (stage) => {
        commits(stage, A, noOp(1, 1), noOp(2, 1));
        stage.hands(B, append(noOp(1, 1)));
        stage.does(A, committed(1, 1));
        elected(stage, B, B, 2);
      },
      /peer 7002 leads in term 2 with nothing at 2, where peer 7001 committed a no-op of term 1 in term 1/,
    ],
    "a leader has another entry there": [
      (stage) => {
        commits(stage, A, noOp(1, 2));
        stage.hands(B, append(noOp(1, 1)));
        elected(stage, B, B, 3);
      },
      /peer 7002 leads in term 3 with a no-op of term 1 at 1/,
    ],
  },
  holds: {
    "a leader holds all, and more": (stage) => {
      commits(stage, A, noOp(1, 1));
      stage.hands(B, append(noOp(1, 1), noOp(2, 1), noOp(3, 2)));
      elected(stage, B, B, 2);
    },
    "a leader of an older term, elected late, need not": (stage) => {
      commits(stage, A, noOp(1, 3));
      elected(stage, B, B, 2);
    },
    "who only hears of a leader need not": (stage) => {
      commits(stage, A, noOp(1, 1));
      elected(stage, B, A, 2);
    },
    "the leader of another cluster need not": (stage) => {
      commits(stage, A, noOp(1, 1));
      stage.crash(B, inCluster(OTHER_CLUSTER));
      elected(stage, B, B, 2);
    },
  },
});
