import { A, B, C, FORGET, inCluster, OTHER_CLUSTER, rule, says } from "./stage.ts";
import { append, entry, established, inEpoch, OVER_ZAB, opening, record, zab } from "./zab-stage.ts";

const fifo = { sequence: 1 };
const zxid = { epoch: 1, counter: 1 };

rule(
  "one-leader-an-epoch",
  {
    breaks: {
      "two peers tell of two leaders": [
        (stage) => {
          stage.does(A, established(stage, 2, A));
          stage.does(B, established(stage, 2, B));
        },
        /peers 7001 and 7002 both lead in epoch 2, as peer 7002 has it/,
      ],
      "one says that a history is of the epoch of another": [
        (stage) => {
          stage.does(C, established(stage, 2, A));
          stage.does(B, says(A, zab({ kind: "new-leader", ...fifo, epoch: 2, index: 1, zxid, members: [] })));
        },
        /peers 7001 and 7002 both lead in epoch 2/,
      ],
      "one says that the epoch of another is established": [
        (stage) => {
          stage.does(A, says(B, zab({ kind: "up-to-date", ...fifo, epoch: 2, commitIndex: 1 })));
          stage.does(B, says(A, zab({ kind: "up-to-date", ...fifo, epoch: 2, commitIndex: 1 })));
        },
        /peers 7001 and 7002 both lead in epoch 2/,
      ],
    },
    holds: {
      "one after the other, and two that ask for the same epoch": (stage) => {
        for (const [port, to] of [
          [A, B],
          [B, A],
        ] as const)
          stage.does(port, says(to, zab({ kind: "new-epoch", ...fifo, epoch: 2 })));
        stage.does(A, established(stage, 2, A));
        stage.does(C, established(stage, 2, A));
        stage.does(B, established(stage, 3, B));
      },
      "epochs of two clusters": (stage) => {
        stage.does(A, established(stage, 2, A));
        stage.begin(B, inCluster(OTHER_CLUSTER));
        stage.does(B, established(stage, 2, B));
      },
    },
  },
  OVER_ZAB,
);

rule(
  "epochs-never-fall",
  {
    breaks: {
      "a lower epoch is accepted": [
        (stage) => {
          stage.hands(A, record({ kind: "accepted-epoch", epoch: 3 }));
          stage.hands(A, record({ kind: "accepted-epoch", epoch: 2 }));
        },
        /peer 7001 saves accepted-epoch 2 after 3/,
      ],
      "a history becomes one of a lower epoch": [
        (stage) => {
          stage.hands(A, ...inEpoch(3));
          stage.hands(A, record({ kind: "current-epoch", epoch: 2 }));
        },
        /peer 7001 saves current-epoch 2 after 3/,
      ],
      "a history of an epoch that was not accepted": [
        (stage) => stage.hands(A, record({ kind: "current-epoch", epoch: 2 })),
        /peer 7001 has a history of epoch 2 and has accepted 0/,
      ],
      "a life begins behind what was saved": [
        (stage) => {
          stage.saves(A, ...inEpoch(3));
          stage.begin(A, [...inCluster(), ...inEpoch(2)]);
        },
        /peer 7001 saved epochs 3 and 3, and begins again with 2 and 2/,
      ],
    },
    holds: {
      "what was not saved is lost": (stage) => {
        stage.saves(A, ...inEpoch(2));
        stage.hands(A, record({ kind: "accepted-epoch", epoch: 3 }));
        stage.begin(A, [...inCluster(), ...inEpoch(2)]);
        stage.hands(A, record({ kind: "accepted-epoch", epoch: 4 }));
      },
      "a cluster is given up": (stage) => {
        stage.saves(A, ...inEpoch(3));
        stage.hands(A, record({ kind: "forget" }), ...inEpoch(1));
      },
      "what another protocol forgets": (stage) => stage.hands(A, FORGET),
    },
  },
  OVER_ZAB,
);

const promise = (isMember: boolean) =>
  zab({ kind: "epoch-accepted", ...fifo, epoch: 2, isMember, currentEpoch: 0, digest: [] });
const accepted = (epoch: number, index: number) => zab({ kind: "accepted", ...fifo, epoch, index });

rule(
  "zab-says-what-is-saved",
  {
    breaks: {
      "a promise that is not on disk": [
        (stage) => {
          stage.hands(A, record({ kind: "accepted-epoch", epoch: 2 }));
          stage.does(A, says(B, promise(true)));
        },
        /peer 7001 promises epoch 2, its disk has 0/,
      ],
      "an epoch that the leader itself has not accepted": [
        (stage) => stage.does(A, says(B, zab({ kind: "new-epoch", ...fifo, epoch: 1 }))),
        /peer 7001 promises epoch 1, its disk has 0/,
      ],
      "an entry that is not on disk": [
        (stage) => {
          stage.saves(A, ...inEpoch(2));
          stage.hands(A, append(opening(1, 2)));
          stage.does(A, says(B, accepted(2, 1)));
        },
        /peer 7001 acknowledges 1 entries, its disk has 0/,
      ],
      "a history that is on disk as that of another epoch": [
        (stage) => {
          stage.saves(A, ...inEpoch(1), append(opening(1, 1)));
          stage.hands(A, ...inEpoch(2));
          stage.does(A, says(B, accepted(2, 1)));
        },
        /peer 7001 acknowledges a history of epoch 2, its disk has 1/,
      ],
    },
    holds: {
      "all that is on disk": (stage) => {
        stage.saves(A, ...inEpoch(2), append(opening(1, 2), entry(2, 2, 2)));
        stage.does(A, says(B, promise(true)), says(B, accepted(2, 2)));
      },
      "an observer, whom nobody counts": (stage) => stage.does(A, says(B, promise(false))),
      "late words of an epoch whose entries were cut": (stage) => {
        stage.saves(A, ...inEpoch(1), append(opening(1, 1), entry(2, 1, 2)));
        stage.saves(A, record({ kind: "truncate", index: 1 }), ...inEpoch(2));
        stage.does(A, says(B, accepted(1, 2)));
      },
    },
  },
  OVER_ZAB,
);
