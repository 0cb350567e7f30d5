import type { FaultyEffect } from "../../../src/peer/machine.ts";
import type { AnyMessage, AnyRecord } from "../../../src/peer/registry.ts";
import { A, B, C, inCluster, latency, rule, says, tells } from "./stage.ts";

const PING: AnyMessage = { protocol: "link", message: { kind: "ping", requestId: 1 } };

function at(to: number, lamport: number, sequence: number): FaultyEffect {
  return says(to, PING, { envelope: { lamport, sequence } });
}

function reserves(ceiling: number): AnyRecord {
  return { protocol: "peer", record: { kind: "lamport", ceiling } };
}

function news(lamport: number): FaultyEffect {
  return tells({ kind: "resumed", gapMs: 1 }, lamport);
}

rule("lamport-times-grow", {
  breaks: {
    "a time again": [(stage) => stage.does(A, at(B, 5, 1), at(C, 5, 1)), /peer 7001 sends at 5, after 5/],
    "a time after an event that was later": [(stage) => stage.does(A, news(9), at(B, 8, 1)), /sends at 8, after 9/],
    "an event before a message that was sent": [
      (stage) => stage.does(A, at(B, 8, 1), news(7)),
      /peer 7001 tells of resumed at 7, after 8/,
    ],
    "a message of the next life before one of the last": [
      (stage) => {
        stage.does(A, at(B, 8, 1));
        stage.crash(A, inCluster());
        stage.does(A, latency("fault-set", 8));
        stage.does(A, at(B, 7, 1));
      },
      /after 8/,
    ],
    "two messages of one connection in disorder, whatever a fault does": [
      (stage) => {
        stage.does(A, latency("fault-set"));
        stage.does(A, at(B, 8, 2), at(B, 7, 1));
      },
      /sends at 7, after 8/,
    ],
    "a number of a connection again": [
      (stage) => stage.does(A, at(B, 7, 2), at(B, 8, 2)),
      /peer 7001 sends number 2 of a connection after 2/,
    ],
    "a late message once no fault can have made it late": [
      (stage) => {
        stage.does(A, latency("fault-set"), at(B, 7, 1), latency("fault-ended", 7));
        stage.does(A, at(B, 9, 2), at(C, 8, 1));
      },
      /sends at 8, after 9/,
    ],
  },
  holds: {
    "times grow over all connections; lives jump ahead": (stage) => {
      stage.does(A, news(1), at(B, 2, 1), at(C, 3, 1), news(3), news(4), at(B, 5, 2));
      stage.begin(A, inCluster());
      stage.does(A, news(4096), at(B, 4097, 1));
    },
    "each peer has its own": (stage) => {
      stage.does(A, at(B, 9, 1));
      stage.does(B, at(A, 2, 1));
    },
    "messages on different connections that a fault makes late, and copies": (stage) => {
      const copy = at(B, 7, 1);
      stage.does(A, latency("fault-set"), news(10));
      stage.does(A, at(C, 8, 1), copy, copy, latency("fault-ended", 10), at(B, 11, 3));
    },
    "a crash forgets the time of an event of which nobody heard": (stage) => {
      stage.does(A, at(B, 5, 1), news(9000));
      stage.crash(A, inCluster());
      stage.does(A, news(4096), at(B, 4097, 1));
    },
  },
});

rule("lamport-times-are-reserved", {
  breaks: {
    "nothing is reserved": [(stage) => stage.does(A, at(B, 1, 1)), /peer 7001 sends at 1, its disk reserves up to 0/],
    "the ceiling is on its way": [
      (stage) => {
        stage.saves(A, reserves(10));
        stage.hands(A, reserves(20));
        stage.does(A, at(B, 10, 1), at(B, 11, 2));
      },
      /sends at 11, its disk reserves up to 10/,
    ],
  },
  holds: {
    "up to the ceiling, and in a next life": (stage) => {
      stage.saves(A, reserves(10));
      stage.does(A, at(B, 10, 1));
      stage.begin(A, [reserves(20), reserves(10)]);
      stage.does(A, at(B, 20, 1));
    },
    "a HELLO bears no time": (stage) => stage.does(A, says(B, PING)),
  },
});
