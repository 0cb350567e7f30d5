import type { FaultyEffect } from "../../../src/peer/machine.ts";
import type { AnyRecord } from "../../../src/peer/registry.ts";
import { A, B, inCluster, rule, tells } from "./stage.ts";

const HASH = "00000000000000b1";

const BOARD: AnyRecord = {
  protocol: "broker",
  record: { kind: "board", term: 1, job: 7, turn: 5, hash: HASH, size: 16, data: Buffer.of(0) },
};

function marks(hash = HASH): FaultyEffect {
  return tells({ kind: "job-marked", job: 7, mark: { turn: 5, alive: 3, hash } });
}

// These peers have no voters: of nobody one is a majority.
rule("marked-boards-are-kept", {
  breaks: {
    "nobody has it": [
      (stage) => stage.does(A, marks()),
      /peer 7001 has marked job 7 at turn 5, and its board is kept by nobody alone/,
    ],
    "it is on its way to a disk": [
      (stage) => {
        stage.hands(A, BOARD);
        stage.does(A, marks());
      },
      /kept by nobody alone/,
    ],
    "another board is kept": [
      (stage) => {
        stage.saves(A, BOARD);
        stage.does(A, marks("00000000000000b2"));
      },
      /kept by nobody alone/,
    ],
  },
  holds: {
    "it is on a disk, whoever tells": (stage) => {
      stage.saves(B, BOARD);
      stage.does(A, marks());
      stage.does(B, marks());
    },
    "it was on a disk in an earlier life": (stage) => {
      stage.crash(A, [...inCluster(), BOARD]);
      stage.does(A, marks());
    },
  },
});
