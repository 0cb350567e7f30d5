import { type Address, addressOf } from "../../../src/core/address.ts";
import type { FaultyEffect } from "../../../src/peer/machine.ts";
import type { AddressAct, OfficeSpeech } from "../../../src/protocols/office/message.ts";
import type { JobAnswer } from "../../../src/wire/job-message.ts";
import { A, B, C, inCluster, OTHER_CLUSTER, rule, type Stage, tells } from "./stage.ts";

/** Nobody is asked whether a peer leads, so that a test can answer. */
const ALONE = { election: "bully", broadcast: "none" } as const;

const VIP = addressOf("127.0.0.77", 7100) as Address;

/** A lease lasts for less, and its address as well; virtual ms. */
const LONGER_THAN_A_LEASE_MS = 300;

/** A peer comes into office by what its machine is told, and tells so. */
function enters(stage: Stage, port: number, term: number): void {
  const say = (command: OfficeSpeech["command"]): void => stage.peer(port).command({ protocol: "office", command });
  const holder = stage.id(port);
  say({ kind: "demand", on: true });
  say({ kind: "leader", leader: holder, term, quietMs: null });
  say({ kind: "row", row: { holder, term, leaseMs: 225, released: false, predecessor: null } });
  say({ kind: "readable", ticket: -1 });
  stage.does(port, entered(term));
}

function entered(term: number): FaultyEffect {
  return tells({ kind: "office-entered", term, waitedMs: 0 });
}

function leads(stage: Stage, port: number, leader: number): void {
  const command = { kind: "leader", leader: stage.id(leader), term: 9, quietMs: null } as const;
  stage.peer(port).command({ protocol: "office", command });
}

function asks(act: AddressAct): FaultyEffect {
  return { kind: "act", act };
}

/** As long from now on as a lease lasts. */
function wants(stage: Stage, port: number, term: number): FaultyEffect {
  const peer = stage.peer(port);
  return asks({ kind: "address-wanted", address: VIP, term, until: peer.machine.timeAt(peer.now) + 225 });
}

function answers(answer: JobAnswer): FaultyEffect {
  return { kind: "answers", session: 2, answers: [{ requestId: 1, answer }] };
}

function begun(term: number): FaultyEffect {
  return answers({ kind: "process-gol", term, job: 7 });
}

const skewed = tells({ kind: "clock-changed", skew: 1.5, pace: 1, by: "test" });
const jumped = tells({ kind: "clock-jumped", aheadMs: 10, by: "test" });

rule(
  "one-office-at-a-time",
  {
    breaks: {
      "two are in office": [
        (stage) => {
          enters(stage, A, 1);
          enters(stage, B, 2);
        },
        /peers 7001 and 7002 are both in office/,
      ],
    },
    holds: {
      "one after the other, whose lease has ended": (stage) => {
        enters(stage, A, 1);
        stage.network.time.run(LONGER_THAN_A_LEASE_MS);
        enters(stage, B, 2);
      },
      "one leaves, and another enters": (stage) => {
        enters(stage, A, 1);
        leads(stage, A, B);
        stage.does(A);
        enters(stage, B, 2);
      },
      "one is gone": (stage) => {
        enters(stage, A, 1);
        stage.crash(A, inCluster());
        enters(stage, B, 2);
      },
      "two clusters": (stage) => {
        enters(stage, A, 1);
        stage.begin(B, inCluster(OTHER_CLUSTER));
        enters(stage, B, 1);
      },
      "clocks are wrong": (stage) => {
        stage.does(C, skewed);
        enters(stage, A, 1);
        enters(stage, B, 2);
      },
    },
  },
  ALONE,
);

rule("one-holder-of-an-address", {
  breaks: {
    "another may hold it": [
      (stage) => {
        stage.does(A, wants(stage, A, 1));
        stage.does(B, wants(stage, B, 2));
      },
      /peer 7002 takes 127\.0\.0\.77:7100 in term 2, and peer 7001 may hold it/,
    ],
    "another wants it no more, and has not said that it is gone": [
      (stage) => {
        stage.does(A, wants(stage, A, 1), asks({ kind: "address-unwanted", term: 1 }));
        stage.does(B, wants(stage, B, 2));
      },
      /7001 may hold it/,
    ],
    "another may hold it for longer than at first": [
      (stage) => {
        const peer = stage.peer(A);
        const until = peer.machine.timeAt(peer.now) + 1000;
        stage.does(A, wants(stage, A, 1), asks({ kind: "address-extended", term: 1, until }));
        stage.network.time.run(LONGER_THAN_A_LEASE_MS);
        stage.does(B, wants(stage, B, 2));
      },
      /7001 may hold it/,
    ],
  },
  holds: {
    "its time is over": (stage) => {
      stage.does(A, wants(stage, A, 1));
      stage.network.time.run(LONGER_THAN_A_LEASE_MS);
      stage.does(B, wants(stage, B, 2));
    },
    "it is gone": (stage) => {
      stage.does(A, wants(stage, A, 1));
      const command = { kind: "address-gone", term: 1, because: "test" } as const;
      stage.step(A, { kind: "command", content: { protocol: "office", command } });
      stage.does(B, wants(stage, B, 2));
    },
    "the holder has crashed": (stage) => {
      stage.does(A, wants(stage, A, 1));
      stage.crash(A, inCluster());
      stage.does(B, wants(stage, B, 2));
    },
    "clocks have jumped": (stage) => {
      stage.does(C, jumped);
      stage.does(A, wants(stage, A, 1));
      stage.does(B, wants(stage, B, 2));
    },
  },
});

rule("terms-of-the-office-grow", {
  breaks: {
    "an earlier term comes later": [
      (stage) => {
        stage.does(A, entered(2));
        stage.does(B, entered(1));
      },
      /peer 7002 enters in term 1, after peer 7001 in term 2/,
    ],
    "two enter in one term": [
      (stage) => {
        stage.does(A, entered(2));
        stage.does(B, entered(2));
      },
      /peer 7002 enters in term 2/,
    ],
  },
  holds: {
    "terms grow, and one enters again in its own": (stage) => {
      stage.does(A, entered(1), entered(1));
      stage.does(B, entered(3));
    },
  },
});

rule(
  "answers-are-of-the-office",
  {
    breaks: {
      "nobody is in office": [
        (stage) => stage.does(A, begun(1)),
        /peer 7001 answers process-gol in term 1, and its lease is over/,
      ],
      "a lease is over": [
        (stage) => {
          enters(stage, A, 1);
          stage.network.time.run(LONGER_THAN_A_LEASE_MS);
          stage.does(A);
          stage.does(A, begun(1));
        },
        /its lease is over/,
      ],
      "somebody has answered in a later term": [
        (stage) => {
          enters(stage, B, 2);
          stage.does(B, begun(2));
          enters(stage, A, 1);
          stage.does(A, begun(1));
        },
        /peer 7001 answers process-gol in term 1, after peer 7002 in 2/,
      ],
    },
    holds: {
      "within a lease, and errors at any time": (stage) => {
        enters(stage, A, 1);
        stage.does(A, begun(1));
        stage.does(B, answers({ kind: "error", code: "elsewhere", text: "127.0.0.1:7001" }));
      },
    },
  },
  ALONE,
);
