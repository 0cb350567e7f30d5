import type { AnyMessage, AnyRecord } from "../../../src/peer/registry.ts";
import type { Rumour } from "../../../src/protocols/membership/message.ts";
import { A, B, C, hello, inCluster, rule, type Stage, says, tells } from "./stage.ts";

const MOST = 0xffff_ffff;

function rumour(stage: Stage, about: number, incarnation: number): Rumour {
  const { id: peer, address } = stage.peer(about);
  return { peer, address, name: "", incarnation, status: "healthy" };
}

function table(...rumours: readonly Rumour[]): AnyMessage {
  return { protocol: "membership", message: { kind: "table", rumours } };
}

function grown(incarnation: number) {
  return tells({ kind: "incarnation-grown", incarnation });
}

function own(incarnation: number): AnyRecord {
  return { protocol: "membership", record: { kind: "self", incarnation } };
}

function member(stage: Stage, about: number, incarnation: number): AnyRecord {
  return { protocol: "membership", record: { kind: "member", rumour: rumour(stage, about, incarnation) } };
}

function forgotten(stage: Stage, about: number): AnyRecord {
  return { protocol: "membership", record: { kind: "forgotten", peer: stage.id(about) } };
}

rule("own-incarnation-grows", {
  breaks: {
    "the same again in one life": [(stage) => stage.does(A, grown(3), grown(3)), /peer 7001 has incarnation 3 after 3/],
    "a next life with one that was said": [
      (stage) => {
        stage.does(A, grown(3), says(B, hello(stage.peer(A), { incarnation: 3 })));
        stage.crash(A, inCluster());
        stage.does(A, grown(3));
      },
      /peer 7001 has incarnation 3 after 3/,
    ],
    "a next life with one that a rumour said": [
      (stage) => {
        stage.does(A, grown(3), says(B, table(rumour(stage, B, 9), rumour(stage, A, 3))));
        stage.begin(A, inCluster());
        stage.does(A, grown(2));
      },
      /peer 7001 has incarnation 2 after 3/,
    ],
    "more is said than there is": [
      (stage) => stage.does(A, grown(3), says(B, table(rumour(stage, A, 4)))),
      /peer 7001 says incarnation 4 of itself and has 3/,
    ],
  },
  holds: {
    "it grows, and an older word may still be on its way": (stage) => {
      stage.does(A, grown(3), grown(5), says(B, table(rumour(stage, A, 5))));
      stage.does(A, says(C, hello(stage.peer(A), { incarnation: 3 })));
      stage.begin(A, inCluster());
      stage.does(A, grown(6));
    },
    "a crash forgets one of which nobody heard": (stage) => {
      stage.does(A, grown(3), says(B, table(rumour(stage, A, 3))), grown(4));
      stage.crash(A, inCluster());
      stage.does(A, grown(4));
    },
    "the largest that there is stays": (stage) => {
      stage.does(A, grown(MOST), says(B, table(rumour(stage, A, MOST))));
      stage.begin(A, inCluster());
      stage.does(A, grown(MOST));
    },
    "what is said of others is not said of oneself": (stage) => {
      stage.does(A, grown(3), says(B, table(rumour(stage, B, 9))));
    },
  },
});

rule("own-incarnation-is-saved", {
  breaks: {
    "a HELLO says one that is on its way to disk": [
      (stage) => {
        stage.saves(A, own(1));
        stage.hands(A, own(2));
        stage.does(A, says(B, hello(stage.peer(A), { incarnation: 2 })));
      },
      /peer 7001 says incarnation 2 of itself, its disk has 1/,
    ],
    "a rumour says it": [
      (stage) => stage.does(A, says(B, table(rumour(stage, A, 1)))),
      /says incarnation 1 of itself, its disk has 0/,
    ],
  },
  holds: {
    "what is saved, by this life or an earlier one": (stage) => {
      stage.begin(A, [own(1)]);
      stage.does(A, says(B, hello(stage.peer(A), { incarnation: 1 })));
      stage.saves(A, own(2));
      stage.does(A, says(B, table(rumour(stage, A, 2), rumour(stage, B, 7))));
    },
  },
});

rule("held-incarnations-grow", {
  breaks: {
    "a lower one is taken": [
      (stage) => {
        stage.hands(A, member(stage, B, 5));
        stage.hands(A, member(stage, B, 4));
      },
      /peer 7001 holds incarnation 4 of peer 7002 after 5/,
    ],
    "a lower one is taken in the same save": [
      (stage) => stage.hands(A, member(stage, B, 5), member(stage, B, 4)),
      /holds incarnation 4 of peer 7002 after 5/,
    ],
    "a lower one than an earlier life saved": [
      (stage) => {
        stage.begin(A, [...inCluster(), member(stage, B, 5)]);
        stage.hands(A, member(stage, B, 4));
      },
      /holds incarnation 4 of peer 7002 after 5/,
    ],
    "a disk forgets": [
      (stage) => {
        stage.saves(A, member(stage, B, 5));
        stage.crash(A, [...inCluster(), member(stage, B, 4)]);
      },
      /peer 7001 saved incarnation 5 of peer 7002 and begins with 4/,
    ],
    "a disk loses a member": [
      (stage) => {
        stage.saves(A, member(stage, B, 5));
        stage.hands(A, forgotten(stage, C));
        stage.begin(A, inCluster());
      },
      /saved incarnation 5 of peer 7002 and begins with none/,
    ],
  },
  holds: {
    "it grows or stays, for each member by itself": (stage) => {
      stage.hands(A, member(stage, B, 5), member(stage, C, 1));
      stage.hands(A, member(stage, B, 5), member(stage, C, 2));
      stage.hands(C, member(stage, B, 1));
    },
    "a member that was forgotten comes back as it is": (stage) => {
      stage.saves(A, member(stage, B, 5));
      stage.saves(A, forgotten(stage, B), member(stage, B, 1));
      stage.begin(A, [...inCluster(), member(stage, B, 1)]);
    },
    "a save that nobody reported is there or not": (stage) => {
      stage.saves(A, member(stage, B, 5), member(stage, C, 5));
      stage.hands(A, member(stage, B, 6), forgotten(stage, C));
      stage.crash(A, [...inCluster(), member(stage, B, 5)]);
    },
  },
});
