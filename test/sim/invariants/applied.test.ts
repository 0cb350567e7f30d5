import { Store } from "../../../src/apps/store.ts";
import type { Command, OrderEvent } from "../../../src/core/total-order.ts";
import type { AnyRecord } from "../../../src/peer/registry.ts";
import { encode } from "../../../src/wire/codec.ts";
import { command as commandCodec } from "../../../src/wire/request.ts";
import { A, B, C, FORGET, inCluster, OTHER_CLUSTER, rule, type Stage, tells } from "./stage.ts";

function create(name: string): Command {
  return { lamport: 5, keepVersions: 1, salt: 0, once: null, operation: { kind: "create", name } };
}

/** The order of a peer tells its state machine something, of which no invariant hears. */
function order(stage: Stage, port: number, told: OrderEvent): void {
  stage.peer(port).command({ protocol: "service", command: { kind: "order", told } });
}

/** A peer applies commands, the first of them at `first`. */
function applies(stage: Stage, port: number, first: number, ...names: readonly string[]): void {
  const entries = names.map((name, i) => ({ index: first + i, term: 1, command: encode(commandCodec, create(name)) }));
  order(stage, port, { kind: "delivered", entries });
}

function commits(stage: Stage, port: number, first: number, index: number): void {
  stage.does(port, tells({ kind: "entry-committed", first, index, term: 1 }));
}

/** The state behind these commands, from 1 up. */
function stateBehind(...names: readonly string[]): Uint8Array {
  const store = new Store();
  for (const [i, name] of names.entries()) store.apply(create(name), i + 1);
  return store.snapshot();
}

function snapshotRecord(lastIndex: number): AnyRecord {
  const configuration = { voters: [], learners: [] };
  const data = new Uint8Array(0);
  return { protocol: "raft", record: { kind: "snapshot", lastIndex, lastTerm: 1, configuration, data } };
}

rule("states-agree", {
  breaks: {
    "two peers apply other commands at one index": [
      (stage) => {
        applies(stage, A, 1, "x");
        commits(stage, A, 1, 1);
        applies(stage, B, 1, "y");
        commits(stage, B, 1, 1);
      },
      /the state of peer 7002 at 1 is another than that of peer 7001/,
    ],
    "one applies a command that another leaves out": [
      (stage) => {
        applies(stage, A, 1, "x", "y");
        commits(stage, A, 1, 2);
        order(stage, B, { kind: "delivered", entries: [{ index: 1, term: 1, command: null }] });
        applies(stage, B, 2, "y");
        commits(stage, B, 1, 2);
      },
      /the state of peer 7002 at 2 is another/,
    ],
    "in another order": [
      (stage) => {
        applies(stage, A, 1, "x", "y");
        commits(stage, A, 1, 2);
        applies(stage, B, 1, "y", "x");
        commits(stage, B, 1, 2);
      },
      /the state of peer 7002 at 2 is another/,
    ],
    "a snapshot is another state than that of its index": [
      (stage) => {
        applies(stage, A, 1, "x", "y");
        commits(stage, A, 1, 2);
        order(stage, B, { kind: "snapshot-installed", index: 2, snapshot: stateBehind("x") });
        commits(stage, B, 2, 2);
      },
      /the state of peer 7002 at 2 is another/,
    ],
    "a peer commits and does not apply": [
      (stage) => {
        applies(stage, A, 1, "x");
        commits(stage, A, 1, 2);
      },
      /peer 7001 has applied all up to 1, and commits all up to 2/,
    ],
    "a life begins with a snapshot and does not apply it": [
      (stage) => {
        stage.begin(A, [...inCluster(), snapshotRecord(7)]);
        stage.does(A);
      },
      /peer 7001 has applied all up to 0, and commits all up to 7/,
    ],
  },
  holds: {
    "all apply the same, some of it at once": (stage) => {
      applies(stage, A, 1, "x");
      commits(stage, A, 1, 1);
      applies(stage, A, 2, "y");
      commits(stage, A, 2, 2);
      applies(stage, B, 1, "x", "y");
      commits(stage, B, 1, 2);
    },
    "one takes a snapshot and goes on behind it": (stage) => {
      applies(stage, A, 1, "x", "y", "z");
      commits(stage, A, 1, 3);
      order(stage, B, { kind: "snapshot-installed", index: 2, snapshot: stateBehind("x", "y") });
      commits(stage, B, 2, 2);
      applies(stage, B, 3, "z");
      commits(stage, B, 3, 3);
    },
    "a life that has not applied what an earlier one had": (stage) => {
      applies(stage, C, 1, "x");
      stage.begin(C, inCluster());
      stage.does(C);
    },
    "two clusters are in what state they like": (stage) => {
      applies(stage, A, 1, "x");
      commits(stage, A, 1, 1);
      stage.begin(B, inCluster(OTHER_CLUSTER));
      applies(stage, B, 1, "y");
      commits(stage, B, 1, 1);
    },
    "who gives its cluster up begins anew": (stage) => {
      applies(stage, A, 1, "x");
      commits(stage, A, 1, 1);
      order(stage, A, { kind: "order-forgotten" });
      stage.hands(A, FORGET);
      applies(stage, A, 1, "x");
      commits(stage, A, 1, 1);
    },
  },
});
