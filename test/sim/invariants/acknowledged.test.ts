import { type Answer, failed, type Operation, type Request } from "../../../src/core/request.ts";
import type { Command } from "../../../src/core/total-order.ts";
import type { AnyRecord } from "../../../src/peer/registry.ts";
import type { Entry } from "../../../src/protocols/raft/message.ts";
import { encode } from "../../../src/wire/codec.ts";
import { command as commandCodec } from "../../../src/wire/request.ts";
import { A, B, C, hardState, inCluster, OTHER_CLUSTER, rule, type Stage } from "./stage.ts";
import { inEpoch, OVER_ZAB, opening, append as ordered, pins } from "./zab-stage.ts";

const X: Operation = { kind: "create", name: "x" };
const DONE: Answer = { kind: "display", text: "created x" };
const OPENED: Answer = { kind: "session", session: 44 };

function commanded(index: number, operation: Operation, once: Command["once"] = null, term = 1): Entry {
  const command = encode(commandCodec, { lamport: 5, keepVersions: 1, salt: index, once, operation });
  return { index, term, payload: { kind: "command", command } };
}

function append(...entries: readonly Entry[]): AnyRecord {
  return { protocol: "raft", record: { kind: "append", entries } };
}

/** The first entry: A, B and C vote. */
function three(stage: Stage): Entry {
  const configuration = { voters: [A, B, C].map((port) => stage.id(port)), learners: [] };
  return { index: 1, term: 1, payload: { kind: "configuration", configuration } };
}

/** The disks of these have the configuration and entries behind it. */
function onDisks(stage: Stage, ports: readonly number[], ...entries: readonly Entry[]): void {
  for (const port of ports) stage.saves(port, hardState(1), append(three(stage), ...entries));
}

function asks(stage: Stage, port: number, session: number, ...requests: readonly Request[]): void {
  stage.step(port, { kind: "client", asked: [{ session, requests }] });
}

function answers(stage: Stage, port: number, session: number, ...given: readonly Answer[]): void {
  stage.does(port, { kind: "client", session, answers: given });
}

/** A client asks and is answered. */
function isTold(stage: Stage, port: number, request: Request, answer = DONE, session = 2): void {
  asks(stage, port, session, request);
  answers(stage, port, session, answer);
}

rule("acknowledged-is-on-disks", {
  breaks: {
    "a change that is in no log": [
      (stage) => {
        onDisks(stage, [A, B]);
        isTold(stage, A, X);
      },
      /peer 7001 tells a client that .*"create","name":"x".* is done.*in 0 places of logs/,
    ],
    "one that is on one disk of three": [
      (stage) => {
        onDisks(stage, [A, B]);
        stage.saves(A, append(commanded(2, X)));
        isTold(stage, A, X);
      },
      /in 1 places of logs, 0 of them on the disks of a majority/,
    ],
    "one that is on its way to the second disk": [
      (stage) => {
        onDisks(stage, [A, B]);
        stage.saves(A, append(commanded(2, X)));
        stage.hands(B, append(commanded(2, X)));
        isTold(stage, A, X);
      },
      /0 of them on the disks of a majority/,
    ],
    "one that was cut again": [
      (stage) => {
        onDisks(stage, [A, B], commanded(2, X));
        stage.saves(B, append({ index: 2, term: 2, payload: { kind: "no-op" } }));
        isTold(stage, A, X);
      },
      /0 of them on the disks of a majority/,
    ],
    "one that a crash has lost before": [
      (stage) => {
        onDisks(stage, [A, B], commanded(2, X));
        stage.crash(B, [...inCluster(), append(three(stage))]);
        isTold(stage, A, X);
      },
      /0 of them on the disks of a majority/,
    ],
    "one that is told of twice and stands there once": [
      (stage) => {
        onDisks(stage, [A, B], commanded(2, X));
        isTold(stage, A, X);
        isTold(stage, B, X, DONE, 4);
      },
      /as clients are told 2 times: it is in 1 places/,
    ],
    "one of a session that is another place in it": [
      (stage) => {
        const session: Operation = { kind: "open-session" };
        onDisks(stage, [A, B], commanded(2, session), commanded(3, X, { session: 44, sequence: 1 }));
        isTold(stage, A, session, OPENED);
        isTold(stage, A, { kind: "do", sequence: 2, request: X });
      },
      /"once":\{"session":44,"sequence":2\}.* is done/,
    ],
    "a session that was never opened": [
      (stage) => {
        onDisks(stage, [A, B]);
        isTold(stage, A, { kind: "open-session" }, OPENED);
      },
      /"open-session".* is done/,
    ],
    "by the answer to another request of its connection": [
      (stage) => {
        onDisks(stage, [A, B]);
        asks(stage, A, 2, { kind: "list" }, { kind: "ping" }, X);
        answers(stage, A, 2, DONE, { kind: "pong", text: "" });
        answers(stage, A, 2, DONE);
      },
      /"create","name":"x"/,
    ],
    "one that only another cluster has": [
      (stage) => {
        onDisks(stage, [A, B], commanded(2, X));
        stage.crash(C, inCluster(OTHER_CLUSTER));
        isTold(stage, C, X);
      },
      /peer 7003 tells a client/,
    ],
  },
  holds: {
    "on a majority, whoever tells it": (stage) => {
      onDisks(stage, [A, B], commanded(2, X));
      isTold(stage, C, X);
    },
    "as often as it stands there": (stage) => {
      onDisks(stage, [A, B], commanded(2, X), commanded(3, X));
      for (const port of [A, B]) isTold(stage, port, X);
    },
    "as often as it is asked for in its session, in whatever places": (stage) => {
      const once = { session: 44, sequence: 7 };
      onDisks(stage, [A, B], commanded(2, X, once), commanded(3, X, once));
      for (const port of [A, B]) {
        isTold(stage, port, { kind: "resume-session", session: 44 }, OPENED);
        for (let i = 0; i < 3; i++) isTold(stage, port, { kind: "do", sequence: 7, request: X });
      }
    },
    "an error says nothing, nor what is asked for in vain": (stage) => {
      isTold(stage, A, X, failed("exists", "x is there", true));
      isTold(stage, A, X, failed("timed-out", "no outcome", false));
      isTold(stage, A, { kind: "unknown" }, { kind: "unknown" });
      isTold(stage, A, { kind: "do", sequence: 1, request: { kind: "list" } });
    },
    "in the snapshot of a disk that has no entries any more": (stage) => {
      const once = { session: 44, sequence: 7 };
      onDisks(stage, [A, B], commanded(2, X, once));
      const { payload } = three(stage);
      const configuration = payload.kind === "configuration" ? payload.configuration : { voters: [], learners: [] };
      const snapshot = { kind: "snapshot", lastIndex: 2, lastTerm: 1, configuration, data: new Uint8Array(0) } as const;
      for (const port of [A, B]) stage.crash(port, [...inCluster(), { protocol: "raft", record: snapshot }]);
      isTold(stage, A, { kind: "resume-session", session: 44 }, OPENED);
      isTold(stage, A, { kind: "do", sequence: 7, request: X });
    },
    "by a majority of the voters before a change that is not committed": (stage) => {
      onDisks(stage, [A], commanded(2, X));
      const alone: Entry = {
        index: 1,
        term: 1,
        payload: { kind: "configuration", configuration: { voters: [stage.id(A)], learners: [] } },
      };
      const both: Entry = {
        index: 3,
        term: 1,
        payload: {
          kind: "configuration",
          configuration: { voters: [A, B].map((port) => stage.id(port)), learners: [] },
        },
      };
      stage.saves(A, append(alone, commanded(2, X)));
      stage.hands(A, append(both));
      isTold(stage, A, X);
    },
    "a connection of the next life has the number of one before": (stage) => {
      onDisks(stage, [A, B], commanded(2, X));
      asks(stage, A, 2, X);
      stage.crash(A, [...inCluster(), append(three(stage), commanded(2, X))]);
      asks(stage, A, 2, { kind: "ping" });
      answers(stage, A, 2, { kind: "pong", text: "" });
    },
  },
});

/** The same as an entry of ZAB's history. */
function proposed(index: number, operation: Operation) {
  const command = encode(commandCodec, { lamport: 5, keepVersions: 1, salt: index, once: null, operation });
  return ordered({ index, epoch: 1, counter: index, command });
}

rule(
  "acknowledged-is-on-disks",
  {
    breaks: {
      "with ZAB, a change that is on one disk of three": [
        (stage) => {
          stage.saves(A, ...pins(stage), ...inEpoch(1), ordered(opening(1, 1)), proposed(2, X));
          stage.hands(B, ...inEpoch(1), ordered(opening(1, 1)), proposed(2, X));
          isTold(stage, A, X);
        },
        /in 1 places of logs, 0 of them on the disks of a majority/,
      ],
    },
    holds: {
      "with ZAB, one that two of three have, told by a peer that has met nobody": (stage) => {
        stage.saves(A, ...pins(stage), ...inEpoch(1), ordered(opening(1, 1)), proposed(2, X));
        stage.saves(B, ...inEpoch(1), ordered(opening(1, 1)), proposed(2, X));
        isTold(stage, C, X);
      },
    },
  },
  OVER_ZAB,
);
