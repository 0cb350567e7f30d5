import type { AnyRecord } from "../../../src/peer/registry.ts";
import type { Entry } from "../../../src/protocols/raft/message.ts";
import { A, B, C, CLUSTER, hardState, inCluster, OTHER_CLUSTER, rule, type Stage, tells } from "./stage.ts";

function noOp(index: number, term: number): Entry {
  return { index, term, payload: { kind: "no-op" } };
}

function append(...entries: readonly Entry[]): AnyRecord {
  return { protocol: "raft", record: { kind: "append", entries } };
}

/** A snapshot of a cluster whose voters nobody asks for. */
function snapshot(lastIndex: number, lastTerm: number): AnyRecord {
  const configuration = { voters: [], learners: [] };
  return {
    protocol: "raft",
    record: { kind: "snapshot", lastIndex, lastTerm, configuration, data: new Uint8Array(0) },
  };
}

function committed(index: number, term: number, first = index) {
  return tells({ kind: "entry-committed", first, index, term });
}

/** A peer has entries in its log and commits the last of them. */
function commits(stage: Stage, port: number, ...entries: readonly Entry[]): void {
  const last = entries.at(-1) ?? noOp(0, 0);
  stage.hands(port, hardState(last.term), append(...entries));
  stage.does(port, committed(last.index, last.term));
}

/** An entry that makes voters of these. */
function configuration(stage: Stage, index: number, term: number, ...ports: readonly number[]): Entry {
  const voters = ports.map((port) => stage.id(port));
  return { index, term, payload: { kind: "configuration", configuration: { voters, learners: [] } } };
}

rule("logs-match", {
  breaks: {
    "two entries of one index and term": [
      (stage) => {
        stage.hands(A, append(configuration(stage, 1, 1, A)));
        stage.hands(B, append(noOp(1, 1)));
      },
      /peer 7002 has a no-op of term 1 at 1 behind nothing, peer 7001 a configuration of term 1 behind nothing/,
    ],
    "the same entry behind different ones": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 3)));
        stage.hands(B, append(noOp(1, 2)), append(noOp(2, 3)));
      },
      /peer 7002 has a no-op of term 3 at 2 behind one of term 2, peer 7001 a no-op of term 3 behind one of term 1/,
    ],
    "behind a snapshot that ends with another": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 3)));
        stage.hands(B, snapshot(1, 2), append(noOp(2, 3)));
      },
      /peer 7002 has a no-op of term 3 at 2 behind one of term 2, peer 7001 a no-op of term 3 behind one of term 1/,
    ],
    "in what a life begins with": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 3)));
        stage.begin(B, [...inCluster(), append(noOp(1, 2), noOp(2, 3))]);
      },
      /peer 7002 has a no-op of term 3 at 2/,
    ],
  },
  holds: {
    "logs part, and one follows the other again": (stage) => {
      stage.hands(A, append(noOp(1, 1), noOp(2, 1), noOp(3, 1)));
      stage.hands(B, append(noOp(1, 1)), append(noOp(2, 2)));
      stage.hands(A, append(noOp(2, 2)));
      stage.begin(A, [...inCluster(), append(noOp(1, 1), noOp(2, 1)), append(noOp(2, 2))]);
    },
    "one begins with a snapshot, and has what the others have behind it": (stage) => {
      stage.hands(A, append(noOp(1, 1), noOp(2, 1), noOp(3, 2), noOp(4, 2)));
      stage.hands(B, append(noOp(1, 1)), snapshot(2, 1), append(noOp(3, 2)), append(noOp(4, 2)));
      stage.begin(C, [...inCluster(), snapshot(3, 2), append(noOp(4, 2))]);
    },
    "two clusters, founded in the step that saves the first entry": (stage) => {
      for (const [port, cluster] of [
        [A, CLUSTER],
        [B, OTHER_CLUSTER],
      ] as const) {
        const founded: AnyRecord = { protocol: "discovery", record: { kind: "founded", cluster, yields: true } };
        stage.begin(port);
        stage.hands(port, founded, append(configuration(stage, 1, 1, port)));
      }
    },
  },
});

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
    "in the middle of what is committed at once": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 1), noOp(3, 2)));
        stage.does(A, committed(3, 2, 1));
        stage.hands(B, append(noOp(1, 1), configuration(stage, 2, 1, B), noOp(3, 2)));
        stage.does(B, committed(3, 2, 1));
      },
      /at 2 peer 7001 commits a no-op of term 1, peer 7002 a configuration of term 1/,
    ],
    "a snapshot ends with another entry than was committed there": [
      (stage) => {
        commits(stage, A, noOp(1, 1), noOp(2, 1));
        stage.hands(B, snapshot(2, 2));
        stage.does(B, committed(2, 2));
      },
      /peer 7002 commits a snapshot up to 2 of term 2, where peer 7001 commits a no-op of term 1/,
    ],
    "a snapshot ends where nobody has committed anything": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 1)));
        stage.does(A, committed(1, 1));
        stage.hands(B, snapshot(2, 1));
        stage.does(B, committed(2, 1));
      },
      /peer 7002 commits a snapshot up to 2 of term 1, where nobody else does/,
    ],
    "behind a snapshot": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 1), noOp(3, 1)));
        stage.does(A, committed(3, 1, 1));
        stage.hands(B, snapshot(2, 1), append(noOp(3, 2)));
        stage.does(B, committed(2, 1), committed(3, 2));
      },
      /at 3 peer 7001 commits a no-op of term 1, peer 7002 a no-op of term 2/,
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
    "one takes a snapshot of what is committed, and goes on behind it": (stage) => {
      stage.hands(A, append(noOp(1, 1), noOp(2, 1), noOp(3, 1)));
      stage.does(A, committed(3, 1, 1));
      stage.hands(B, append(noOp(1, 9)), snapshot(2, 1), append(noOp(3, 1)));
      stage.does(B, committed(2, 1), committed(3, 1));
      stage.begin(C, [...inCluster(), snapshot(2, 1), append(noOp(3, 1))]);
      stage.does(C, committed(3, 1));
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
    "a leader lacks one that was committed with others": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 1), noOp(3, 1)));
        stage.does(A, committed(3, 1, 1));
        stage.hands(B, append(noOp(1, 1), noOp(2, 2)));
        elected(stage, B, B, 3);
      },
      /peer 7002 leads in term 3 with a no-op of term 2 at 2, where peer 7001 committed a no-op of term 1/,
    ],
    "a leader's snapshot ends too early": [
      (stage) => {
        stage.hands(A, append(noOp(1, 1), noOp(2, 1)));
        stage.does(A, committed(2, 1, 1));
        stage.hands(B, snapshot(1, 1));
        elected(stage, B, B, 2);
      },
      /peer 7002 leads in term 2 with nothing at 2/,
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
    "a leader has a snapshot of some": (stage) => {
      commits(stage, A, noOp(1, 1), noOp(2, 1));
      stage.does(A, committed(2, 1, 1));
      stage.hands(B, snapshot(1, 1), append(noOp(2, 1), noOp(3, 2)));
      elected(stage, B, B, 2);
    },
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

rule("committed-is-on-disks", {
  breaks: {
    "on one disk of three": [
      (stage) => {
        stage.saves(A, append(configuration(stage, 1, 1, A, B, C)));
        stage.does(A, committed(1, 1));
      },
      /peer 7001 commits a configuration of term 1 at 1, not on the disks of peers 7002, 7003/,
    ],
    "on its way to the disk that would make a majority": [
      (stage) => {
        const entries = [configuration(stage, 1, 1, A, B, C), noOp(2, 1)];
        for (const port of [A, B]) stage.saves(port, append(...entries.slice(0, 1)));
        stage.hands(A, append(noOp(2, 1)));
        stage.saves(B, append(noOp(2, 1)));
        stage.does(A, committed(1, 1), committed(2, 1));
      },
      /peer 7001 commits a no-op of term 1 at 2, not on the disks of peers 7001, 7003/,
    ],
    "on a disk that has another entry there": [
      (stage) => {
        stage.saves(A, append(configuration(stage, 1, 1, A, B), noOp(2, 2)));
        stage.saves(B, append(configuration(stage, 1, 1, A, B), noOp(2, 1)));
        stage.does(A, committed(1, 1), committed(2, 2));
      },
      /at 2, not on the disks of peers 7002/,
    ],
    "on the disk of one who has no vote": [
      (stage) => {
        for (const port of [A, C]) stage.saves(port, append(configuration(stage, 1, 1, A, B)));
        stage.does(A, committed(1, 1));
      },
      /not on the disks of peers 7002/,
    ],
    "the first of several that are committed at once": [
      (stage) => {
        const entries = [configuration(stage, 1, 1, A, B), noOp(2, 1), noOp(3, 2)];
        stage.saves(A, append(...entries));
        stage.saves(B, append(...entries.slice(0, 1), noOp(2, 2), ...entries.slice(2)));
        stage.does(A, committed(3, 2, 1));
      },
      /peer 7001 commits a no-op of term 1 at 2, not on the disks of peers 7002/,
    ],
    "lost by a crash before": [
      (stage) => {
        stage.saves(A, append(configuration(stage, 1, 1, A, B)));
        stage.hands(B, append(configuration(stage, 1, 1, A, B)));
        stage.crash(B, inCluster());
        stage.does(A, committed(1, 1));
      },
      /not on the disks of peers 7002/,
    ],
  },
  holds: {
    "on a majority, for good": (stage) => {
      for (const port of [A, B]) stage.saves(port, append(configuration(stage, 1, 1, A, B, C), noOp(2, 1)));
      stage.does(A, committed(1, 1), committed(2, 1));
      stage.begin(C, inCluster());
      stage.hands(C, append(configuration(stage, 1, 1, A, B, C), noOp(2, 1)));
      stage.does(C, committed(1, 1), committed(2, 1));
    },
    "a majority of those who voted before a change that follows at once": (stage) => {
      stage.saves(A, append(configuration(stage, 1, 1, A)));
      stage.hands(A, append(configuration(stage, 2, 1, A, B)));
      stage.does(A, committed(1, 1));
    },
    "in the snapshot of one of a majority": (stage) => {
      const entries = [configuration(stage, 1, 1, A, B, C), noOp(2, 1)];
      stage.saves(A, append(...entries));
      stage.saves(B, snapshot(2, 1));
      stage.does(A, committed(2, 1, 1));
    },
    "by whoever has crashed since": (stage) => {
      for (const port of [A, B]) stage.saves(port, append(configuration(stage, 1, 1, A, B, C)));
      stage.crash(B, [...inCluster(), append(configuration(stage, 1, 1, A, B, C))]);
      stage.does(A, committed(1, 1));
    },
  },
});
