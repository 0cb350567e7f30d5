import type { MutexKind } from "../../../src/core/lock.ts";
import type { Modes } from "../../../src/core/modes.ts";
import type { FaultyEffect } from "../../../src/peer/machine.ts";
import { A, B, C, inCluster, OTHER_CLUSTER, rule, type Stage, tells } from "./stage.ts";

function by(mutex: MutexKind): Partial<Modes> {
  return { mutex };
}

function acquires(stage: Stage, port: number, token: number, name = "door"): FaultyEffect {
  return tells({ kind: "lock-acquired", name, peer: stage.id(port), token, waitedMs: 0 });
}

function releases(stage: Stage, port: number): FaultyEffect {
  return tells({ kind: "lock-released", name: "door", peer: stage.id(port) });
}

function loses(stage: Stage, port: number): FaultyEffect {
  return tells({ kind: "lock-lost", name: "door", peer: stage.id(port), because: "its lease has expired" });
}

function skewed(skew: number): FaultyEffect {
  return tells({ kind: "clock-changed", skew, pace: 1, by: "test" });
}

const paused = tells({ kind: "peer-paused", by: "test" });
const unpaused = tells({ kind: "peer-unpaused", pausedMs: 1000, by: "test" });

/** What holds, and what breaks, whatever kind it is. */
const always = {
  breaks: {
    "two hold it": [
      (stage: Stage) => {
        stage.does(A, acquires(stage, A, 1));
        stage.does(B, acquires(stage, B, 2));
      },
      /peers 7001 and 7002 both hold door/,
    ],
    "whoever has it back holds it beside another": [
      (stage: Stage) => {
        stage.does(A, acquires(stage, A, 1));
        stage.does(A, releases(stage, A));
        stage.does(B, acquires(stage, B, 2));
        stage.does(A, acquires(stage, A, 3));
      },
      /peers 7001 and 7002 both hold door/,
    ],
  },
  holds: {
    "one after the other": (stage: Stage) => {
      stage.does(A, acquires(stage, A, 1));
      stage.does(A, releases(stage, A));
      stage.does(B, acquires(stage, B, 2));
    },
    "one loses it, and another has it": (stage: Stage) => {
      stage.does(A, acquires(stage, A, 1));
      stage.does(A, loses(stage, A));
      stage.does(B, acquires(stage, B, 2));
    },
    "two locks of two names": (stage: Stage) => {
      stage.does(A, acquires(stage, A, 1));
      stage.does(B, acquires(stage, B, 2, "gate"));
    },
    "two clusters": (stage: Stage) => {
      stage.does(A, acquires(stage, A, 1));
      stage.begin(B, inCluster(OTHER_CLUSTER));
      stage.does(B, acquires(stage, B, 2));
    },
    "the holder crashes, by a fault or with its process": (stage: Stage) => {
      stage.does(A, acquires(stage, A, 1));
      stage.crash(A, inCluster());
      stage.does(B, acquires(stage, B, 2));
      stage.spectator.ended(stage.peer(B));
      stage.does(C, acquires(stage, C, 3));
    },
    "it changes hands within a step": (stage: Stage) => {
      stage.does(A, acquires(stage, A, 1), releases(stage, A));
      stage.does(B, acquires(stage, B, 2));
    },
  },
} as const;

rule(
  "one-holder-at-a-time",
  {
    breaks: {
      ...always.breaks,
      "one that stands still holds it all the same": [
        (stage) => {
          stage.does(A, acquires(stage, A, 1));
          stage.does(A, paused);
          stage.does(B, acquires(stage, B, 2));
        },
        /peers 7001 and 7002 both hold door/,
      ],
    },
    holds: always.holds,
  },
  by("lamport"),
);

rule(
  "one-holder-at-a-time",
  {
    breaks: {
      ...always.breaks,
      "one goes on and does not see that its lease is over": [
        (stage) => {
          stage.does(A, acquires(stage, A, 1));
          stage.does(A, paused);
          stage.does(B, acquires(stage, B, 2));
          stage.does(A, unpaused);
        },
        /peers 7001 and 7002 both hold door/,
      ],
      "clocks are off by as much as a lease bears": [
        (stage) => {
          stage.does(A, skewed(0.95));
          stage.does(A, acquires(stage, A, 1));
          stage.does(B, acquires(stage, B, 2));
        },
        /both hold door/,
      ],
    },
    holds: {
      ...always.holds,
      "one stands still, and sees when it goes on that its lease is over": (stage) => {
        stage.does(A, acquires(stage, A, 1));
        stage.does(A, paused);
        stage.does(B, acquires(stage, B, 2));
        stage.does(A, unpaused, loses(stage, A));
      },
      "clocks are off by more": (stage) => {
        stage.does(A, skewed(0.5));
        stage.does(A, acquires(stage, A, 1));
        stage.does(B, acquires(stage, B, 2));
      },
    },
  },
  by("lease"),
);

rule("tokens-grow", {
  breaks: {
    "a token comes again": [
      (stage) => {
        stage.does(A, acquires(stage, A, 5), releases(stage, A));
        stage.does(B, acquires(stage, B, 5));
      },
      /peer 7002 holds door with token 5, after peer 7001 with 5/,
    ],
    "a lower one comes later, behind several": [
      (stage) => {
        for (const token of [5, 9]) stage.does(A, acquires(stage, A, token), releases(stage, A));
        stage.does(B, acquires(stage, B, 7));
      },
      /peer 7002 holds door with token 7, after peer 7001 with 9/,
    ],
  },
  holds: {
    "each is greater, and other names and clusters have theirs": (stage) => {
      stage.does(A, acquires(stage, A, 5), releases(stage, A));
      stage.does(B, acquires(stage, B, 3, "gate"));
      stage.does(B, acquires(stage, B, 6));
      stage.begin(C, inCluster(OTHER_CLUSTER));
      stage.does(C, acquires(stage, C, 1));
    },
  },
});
