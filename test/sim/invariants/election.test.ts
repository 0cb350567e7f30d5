import type { PeerId } from "../../../src/core/peer-id.ts";
import type { AnyMessage, AnyRecord } from "../../../src/peer/registry.ts";
import { A, B, C, FORGET, hardState, inCluster, OTHER_CLUSTER, raft, rule, type Stage, says, tells } from "./stage.ts";

function leads(term: number): AnyMessage {
  return raft({
    kind: "append-entries",
    term,
    round: 1,
    previousIndex: 0,
    previousTerm: 0,
    leaderCommit: 0,
    standby: null,
    entries: [],
  });
}

function elected(term: number, leader: PeerId) {
  return tells({ kind: "leader-elected", term, leader, election: null, previous: null });
}

function vote(term: number, granted = true): AnyMessage {
  return raft({ kind: "vote-answer", term, granted, leaderHeardMs: null });
}

function asksForVotes(term: number): AnyMessage {
  return raft({ kind: "request-vote", term, lastLogIndex: 0, lastLogTerm: 0, transfer: false });
}

function appended(term: number, matchIndex: number): AnyMessage {
  return raft({ kind: "appended", term, round: 1, matchIndex });
}

function entries(term: number, first: number, last: number): AnyRecord {
  const list = Array.from({ length: last - first + 1 }, (_, i) => ({
    index: first + i,
    term,
    payload: { kind: "no-op" as const },
  }));
  return { protocol: "raft", record: { kind: "append", entries: list } };
}

/** A peer moves to another cluster. */
function moves(stage: Stage, port: number): void {
  stage.saves(port, { protocol: "discovery", record: { kind: "yielded", to: OTHER_CLUSTER } }, FORGET);
  stage.does(port, tells({ kind: "cluster-joined", cluster: OTHER_CLUSTER, through: stage.peer(C).address }));
}

rule("one-leader-a-term", {
  breaks: {
    "two send as leaders of one term": [
      (stage) => {
        stage.does(A, says(B, leads(3)));
        stage.does(B, says(A, leads(3)));
      },
      /peers 7001 and 7002 both lead in term 3, as peer 7002 has it/,
    ],
    "one sends as the leader that another never heard of": [
      (stage) => {
        stage.does(C, elected(3, stage.id(A)));
        stage.does(B, says(A, leads(3)));
      },
      /peers 7001 and 7002 both lead in term 3/,
    ],
    "two tell of different leaders, one of them after a crash": [
      (stage) => {
        stage.does(C, elected(3, stage.id(A)));
        stage.crash(C, inCluster());
        stage.does(C, elected(3, stage.id(B)));
      },
      /both lead in term 3, as peer 7003 has it/,
    ],
  },
  holds: {
    "each term has a leader of its own": (stage) => {
      stage.does(A, elected(3, stage.id(A)), says(B, leads(3)), says(C, leads(3)));
      stage.does(C, elected(3, stage.id(A)));
      stage.does(B, elected(4, stage.id(B)), says(A, leads(4)));
      stage.does(A, says(C, leads(3)));
    },
    "two clusters each have one": (stage) => {
      stage.does(A, elected(1, stage.id(A)));
      moves(stage, B);
      stage.does(B, elected(1, stage.id(B)));
    },
  },
});

rule("terms-never-fall", {
  breaks: {
    "in one life": [
      (stage) => {
        stage.hands(A, hardState(4));
        stage.hands(A, hardState(3));
      },
      /peer 7001 goes from term 4 back to term 3/,
    ],
    "in one save": [(stage) => stage.hands(A, hardState(4), hardState(3)), /from term 4 back to term 3/],
    "across a crash, by a disk that forgot": [
      (stage) => {
        stage.saves(A, hardState(4));
        stage.begin(A, [...inCluster(), hardState(3)]);
      },
      /peer 7001 saved term 4 and begins again in term 3/,
    ],
    "across an injected crash": [
      (stage) => {
        stage.saves(A, hardState(4));
        stage.crash(A, inCluster());
      },
      /peer 7001 saved term 4 and begins again in term 0/,
    ],
  },
  holds: {
    "a crash loses a term that was not saved": (stage) => {
      stage.saves(A, hardState(4));
      stage.hands(A, hardState(5));
      stage.crash(A, [...inCluster(), hardState(4)]);
      stage.hands(A, hardState(5));
    },
    "a save that nobody reported is there after a crash": (stage) => {
      stage.saves(A, hardState(4));
      stage.hands(A, hardState(5));
      stage.begin(A, [...inCluster(), hardState(4), hardState(5)]);
    },
    "a cluster is given up": (stage) => {
      stage.saves(A, hardState(4));
      moves(stage, A);
      stage.saves(A, hardState(1));
      stage.begin(A, [...inCluster(OTHER_CLUSTER), hardState(1)]);
    },
    "a cluster is given up in a save that nobody reported": (stage) => {
      stage.saves(A, hardState(4));
      stage.hands(A, FORGET);
      stage.begin(A, [...inCluster(), hardState(4), FORGET]);
    },
    "each peer has its own": (stage) => {
      stage.saves(A, hardState(4));
      stage.saves(B, hardState(3));
    },
  },
});

rule("one-vote-a-term", {
  breaks: {
    "for two candidates": [
      (stage) => stage.does(A, says(B, vote(2)), says(C, vote(2))),
      /peer 7001 votes for peers 7002 and 7003 in term 2/,
    ],
    "for another and itself": [
      (stage) => stage.does(A, says(B, vote(2)), says(C, asksForVotes(2))),
      /peer 7001 votes for peers 7002 and 7001 in term 2/,
    ],
    "again after a crash": [
      (stage) => {
        stage.does(A, says(B, vote(2)));
        stage.begin(A, inCluster());
        stage.does(A, says(C, vote(2)));
      },
      /votes for peers 7002 and 7003/,
    ],
    "on disk for one, in words for another": [
      (stage) => {
        stage.saves(A, hardState(2, stage.id(B)));
        stage.crash(A, inCluster());
        stage.does(A, says(C, vote(2)));
      },
      /votes for peers 7002 and 7003/,
    ],
    "taken back before it is on disk": [
      (stage) => stage.hands(A, hardState(2, stage.id(B)), hardState(2, stage.id(C))),
      /peer 7001 takes its vote for peer 7002 back in term 2/,
    ],
  },
  holds: {
    "the same vote is given again": (stage) => {
      stage.does(A, says(B, vote(2)), says(B, vote(2)));
      stage.begin(A, inCluster());
      stage.does(A, says(B, vote(2)));
    },
    "another term, another vote; a refusal is none": (stage) => {
      stage.does(A, says(B, vote(2)), says(C, vote(2, false)), says(C, vote(3)));
      stage.does(A, says(B, asksForVotes(4)), says(C, asksForVotes(4)));
    },
    "a crash loses a vote of which nobody heard": (stage) => {
      stage.hands(A, hardState(2, stage.id(B)));
      stage.crash(A, inCluster());
      stage.saves(A, hardState(2, stage.id(C)));
      stage.does(A, says(C, vote(2)));
    },
    "a vote in each of two clusters": (stage) => {
      stage.does(A, says(B, vote(2)));
      moves(stage, A);
      stage.does(A, says(C, vote(2)));
    },
  },
});

rule("raft-says-what-is-saved", {
  breaks: {
    "a term that is not saved": [
      (stage) => {
        stage.hands(A, hardState(2));
        stage.does(A, says(B, vote(2, false)));
      },
      /peer 7001 says vote-answer in term 2, its disk has 0/,
    ],
    "a term that was saved in a life of which nothing is left": [
      (stage) => {
        stage.hands(A, hardState(2));
        stage.crash(A, inCluster());
        stage.does(A, says(B, leads(2)));
      },
      /its disk has 0/,
    ],
    "a vote that is not saved, in a term that is": [
      (stage) => {
        stage.saves(A, hardState(2));
        stage.hands(A, hardState(2, stage.id(B)));
        stage.does(A, says(B, vote(2)));
      },
      /peer 7001 votes for peer 7002, its disk has no vote/,
    ],
    "a vote for another than on disk": [
      (stage) => {
        stage.saves(A, hardState(2, stage.id(A)));
        stage.does(A, says(B, vote(2)));
      },
      /its disk has a vote for peer 7001/,
    ],
    "a candidate whose own vote is not saved": [
      (stage) => {
        stage.saves(A, hardState(2));
        stage.does(A, says(B, asksForVotes(2)));
      },
      /peer 7001 votes for peer 7001, its disk has no vote/,
    ],
    "entries that are not saved": [
      (stage) => {
        stage.saves(A, hardState(2), entries(2, 1, 3));
        stage.hands(A, entries(2, 4, 5));
        stage.does(A, says(B, appended(2, 5)));
      },
      /peer 7001 says that it has 5 entries, its disk has 3/,
    ],
    "entries that were cut": [
      (stage) => {
        stage.saves(A, hardState(2), entries(2, 1, 5), hardState(3), entries(3, 2, 2));
        stage.does(A, says(B, appended(3, 5)));
      },
      /says that it has 5 entries, its disk has 2/,
    ],
  },
  holds: {
    "what is saved, and less": (stage) => {
      stage.saves(A, hardState(2, stage.id(B)), entries(2, 1, 3));
      stage.does(A, says(B, vote(2)), says(B, appended(2, 3)), says(C, appended(2, 1)), says(C, vote(2, false)));
    },
    "a pre-vote asks for a term that would be": (stage) => {
      stage.does(A, says(B, raft({ kind: "pre-vote", term: 1, lastLogIndex: 0, lastLogTerm: 0 })));
    },
    "what earlier lives saved": (stage) => {
      stage.begin(A, [...inCluster(), hardState(2, stage.id(B)), entries(2, 1, 3)]);
      stage.does(A, says(B, vote(2)), says(B, appended(2, 3)));
    },
    "what a fault made late": (stage) => {
      stage.saves(A, hardState(2, stage.id(B)), entries(2, 1, 5), hardState(3), entries(3, 2, 2));
      stage.does(A, says(B, vote(2)), says(B, appended(2, 5)));
    },
  },
});
