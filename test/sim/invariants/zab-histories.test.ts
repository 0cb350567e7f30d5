import { A, B, C, inCluster, OTHER_CLUSTER, rule, type Stage } from "./stage.ts";
import {
  append,
  committed,
  entry,
  established,
  inEpoch,
  OVER_ZAB,
  opening,
  pins,
  record,
  snapshot,
} from "./zab-stage.ts";

const OTHER = Buffer.from("other");

/** A peer leads an epoch and opens it in the step that tells so. */
function opens(stage: Stage, port: number, epoch: number, index: number): void {
  const records = [...inEpoch(epoch), append(opening(index, epoch))];
  stage.does(port, { kind: "save", records, token: 1000 + epoch }, established(stage, epoch, port));
}

rule(
  "histories-match",
  {
    breaks: {
      "two entries of one zxid": [
        (stage) => {
          stage.hands(A, append(opening(1, 1), entry(2, 1, 2)));
          stage.hands(B, append(opening(1, 1), entry(2, 1, 2, OTHER)));
        },
        /peer 7002 has \(1, 2\) at 2 behind \(1, 1\), peer 7001 at 2 behind \(1, 1\)/,
      ],
      "the same entry behind different ones": [
        (stage) => {
          stage.hands(A, append(opening(1, 1), opening(2, 3)));
          stage.hands(B, append(opening(1, 2), opening(2, 3)));
        },
        /peer 7002 has \(3, 1\) at 2 behind \(2, 1\), peer 7001 at 2 behind \(1, 1\)/,
      ],
      "in what a life begins with": [
        (stage) => {
          stage.hands(A, append(opening(1, 1), opening(2, 3)));
          stage.begin(B, [...inCluster(), append(opening(1, 2), opening(2, 3))]);
        },
        /peer 7002 has \(3, 1\) at 2/,
      ],
    },
    holds: {
      "a tail is cut, and another follows": (stage) => {
        stage.hands(A, append(opening(1, 1), entry(2, 1, 2), entry(3, 1, 3)));
        stage.hands(B, append(opening(1, 1), opening(2, 2)));
        stage.hands(A, record({ kind: "truncate", index: 1 }), append(opening(2, 2)));
      },
      "one has a snapshot for what the others have": (stage) => {
        stage.hands(A, append(opening(1, 1), entry(2, 1, 2), entry(3, 1, 3)));
        stage.hands(B, snapshot(2, 1, 2), append(entry(3, 1, 3)));
      },
      "histories of two clusters": (stage) => {
        stage.hands(A, append(opening(1, 1), entry(2, 1, 2)));
        stage.begin(B, inCluster(OTHER_CLUSTER));
        stage.hands(B, append(opening(1, 1), entry(2, 1, 2, OTHER)));
      },
    },
  },
  OVER_ZAB,
);

rule(
  "primary-order-is-kept",
  {
    breaks: {
      "an entry of the epoch is left out": [
        (stage) => stage.hands(A, append(opening(1, 1), entry(2, 1, 3))),
        /peer 7001 has \(1, 3\) at 2, behind \(1, 1\)/,
      ],
      "an epoch begins without its first entry": [
        (stage) => stage.hands(A, append(opening(1, 1), entry(2, 2, 2))),
        /peer 7001 has \(2, 2\) at 2, behind \(1, 1\)/,
      ],
      "an entry of an earlier epoch comes behind": [
        (stage) => stage.hands(A, append(opening(1, 2), opening(2, 1))),
        /peer 7001 has \(1, 1\) at 2, behind \(2, 1\)/,
      ],
      "behind a snapshot": [
        (stage) => stage.hands(A, snapshot(4, 2, 3), append(entry(5, 2, 3))),
        /peer 7001 has \(2, 3\) at 5, behind \(2, 3\)/,
      ],
    },
    holds: {
      "epochs follow upon epochs": (stage) =>
        stage.hands(A, append(opening(1, 1), entry(2, 1, 2), opening(3, 4), entry(4, 4, 2))),
      "behind a snapshot": (stage) => stage.hands(A, snapshot(4, 2, 3), append(entry(5, 2, 4), opening(6, 3))),
    },
  },
  OVER_ZAB,
);

rule(
  "only-leaders-broadcast",
  {
    breaks: {
      "a follower makes an entry": [
        (stage) => {
          opens(stage, A, 1, 1);
          stage.hands(B, append(opening(1, 1), entry(2, 1, 2)));
        },
        /peer 7002 is the first to have \(1, 2\), and led last in epoch 0/,
      ],
      "a leader goes on in an epoch of its own that is over": [
        (stage) => {
          opens(stage, A, 1, 1);
          opens(stage, A, 2, 2);
          stage.hands(A, append(entry(3, 1, 2)));
        },
        /peer 7001 is the first to have \(1, 2\), and led last in epoch 2/,
      ],
      "a leader makes entries before its epoch is established": [
        (stage) => stage.hands(A, ...inEpoch(1), append(opening(1, 1))),
        /peer 7001 is the first to have \(1, 1\), and led last in epoch 0/,
      ],
    },
    holds: {
      "a leader makes them, and the others have them": (stage) => {
        opens(stage, A, 1, 1);
        stage.hands(A, append(entry(2, 1, 2)));
        stage.hands(B, append(opening(1, 1), entry(2, 1, 2)));
        stage.begin(C, [...inCluster(), append(opening(1, 1))]);
        opens(stage, B, 2, 3);
      },
    },
  },
  OVER_ZAB,
);

/** A peer has entries in its history and commits the last of them. */
function commits(stage: Stage, port: number, ...entries: readonly ReturnType<typeof entry>[]): void {
  stage.hands(port, append(...entries));
  const last = entries.at(-1);
  if (last !== undefined) stage.does(port, committed(last.index, last.epoch));
}

rule(
  "committed-in-one-order",
  {
    breaks: {
      "two peers commit entries of two epochs at one index": [
        (stage) => {
          commits(stage, A, opening(1, 1));
          commits(stage, B, opening(1, 2));
        },
        /at 1 peer 7001 commits \(1, 1\), peer 7002 \(2, 1\)/,
      ],
      "two entries of one zxid": [
        (stage) => {
          commits(stage, A, opening(1, 1), entry(2, 1, 2));
          commits(stage, B, opening(1, 1), entry(2, 1, 2, OTHER));
        },
        /at 2 peer 7001 commits \(1, 2\), peer 7002 \(1, 2\)/,
      ],
      "a snapshot that ends with another": [
        (stage) => {
          commits(stage, A, opening(1, 1));
          stage.hands(B, snapshot(1, 2, 1));
          stage.does(B, committed(1, 2));
        },
        /at 1 peer 7001 commits \(1, 1\), peer 7002 a snapshot that ends in epoch 2/,
      ],
    },
    holds: {
      "all commit the same, some by a snapshot": (stage) => {
        commits(stage, A, opening(1, 1), entry(2, 1, 2));
        commits(stage, B, opening(1, 1));
        stage.hands(C, snapshot(2, 1, 2));
        stage.does(C, committed(2, 1));
      },
    },
  },
  OVER_ZAB,
);

rule(
  "committed-is-on-ensemble-disks",
  {
    breaks: {
      "it is on one disk of three": [
        (stage) => {
          stage.saves(A, ...pins(stage), append(opening(1, 1)));
          stage.does(A, committed(1, 1));
        },
        /peer 7001 commits \(1, 1\) at 1, not on the disks of 127\.0\.0\.1:7002, 127\.0\.0\.1:7003/,
      ],
      "it is on its way to the second disk": [
        (stage) => {
          stage.saves(A, ...pins(stage), append(opening(1, 1)));
          stage.hands(B, append(opening(1, 1)));
          stage.does(A, committed(1, 1));
        },
        /not on the disks of 127\.0\.0\.1:7002/,
      ],
      "who has it is not who was met at the slot": [
        (stage) => {
          const slots = pins(stage).map((pin, at) =>
            at === 1 ? record({ kind: "member", address: stage.peer(B).address, peer: stage.stranger.id }) : pin,
          );
          stage.saves(A, ...slots, append(opening(1, 1)));
          stage.saves(B, append(opening(1, 1)));
          stage.does(A, committed(1, 1));
        },
        /not on the disks of 127\.0\.0\.1:7002, 127\.0\.0\.1:7003/,
      ],
    },
    holds: {
      "two of three have it": (stage) => {
        stage.saves(A, ...pins(stage), append(opening(1, 1)));
        stage.saves(B, append(opening(1, 1)));
        stage.does(A, committed(1, 1));
      },
      "one has a snapshot for it, and the leader does not": (stage) => {
        stage.saves(B, snapshot(1, 1, 1));
        stage.saves(C, append(opening(1, 1)));
        stage.hands(A, ...pins(stage), append(opening(1, 1)));
        stage.does(A, committed(1, 1));
      },
    },
  },
  OVER_ZAB,
);

rule(
  "leaders-begin-with-all-committed",
  {
    breaks: {
      "a leader lacks what was committed": [
        (stage) => {
          commits(stage, A, opening(1, 1), entry(2, 1, 2));
          stage.hands(B, append(opening(1, 1)));
          opens(stage, B, 2, 2);
        },
        /peer 7002 leads in epoch 2 without \(1, 2\) at 2, which is committed/,
      ],
      "what was left out is committed later": [
        (stage) => {
          stage.hands(A, append(opening(1, 1), entry(2, 1, 2)));
          stage.hands(B, append(opening(1, 1)));
          opens(stage, B, 2, 2);
          stage.does(A, committed(2, 1));
        },
        /peer 7001 commits \(1, 2\) at 2, and peer 7002 began epoch 2 at 2 without it/,
      ],
    },
    holds: {
      "a leader has it all, and commits it again": (stage) => {
        commits(stage, A, opening(1, 1), entry(2, 1, 2));
        stage.hands(B, append(opening(1, 1), entry(2, 1, 2)));
        opens(stage, B, 2, 3);
        stage.does(B, committed(2, 1, 1));
        stage.does(B, committed(3, 2));
      },
      "a leader of old hears late that its epoch is established": (stage) => {
        stage.hands(A, append(opening(1, 1)));
        stage.hands(B, append(opening(1, 1)));
        opens(stage, B, 3, 2);
        stage.does(B, committed(2, 3, 1));
        opens(stage, A, 2, 2);
      },
    },
  },
  OVER_ZAB,
);
