import type { AnyMessage } from "../../../src/peer/registry.ts";
import { A, ack, B, C, inCluster, rule, type Stage, says, syn, tells } from "./stage.ts";

function response(stage: Stage, ...ports: readonly number[]): AnyMessage {
  return { protocol: "gossip", message: { kind: "response", ids: ports.map((port) => stage.peer(port).address) } };
}

function push(stage: Stage, from: number, ...ports: readonly number[]): AnyMessage {
  const ids = ports.map((port) => stage.peer(port).address);
  return { protocol: "gossip", message: { kind: "push", address: stage.peer(from).address, ids } };
}

function added(stage: Stage, port: number) {
  return tells({ kind: "id-added", address: stage.peer(port).address });
}

/** A peer probes another and is answered. */
function verifies(stage: Stage, port: number, other: number): void {
  stage.does(port, syn(stage, other, 1));
  stage.step(port, ack(stage, other, 1));
}

rule("ids-are-verified", {
  breaks: {
    "an ID is held that was only heard of": [
      (stage) => stage.does(A, added(stage, B)),
      /peer 7001 holds 127\.0\.0\.1:7002, which never answered it/,
    ],
    "an ID is told on that was only heard of": [
      (stage) => stage.does(A, says(C, response(stage, B))),
      /peer 7001 says response with 127\.0\.0\.1:7002, which never answered it/,
    ],
    "one of several": [
      (stage) => {
        verifies(stage, A, C);
        stage.does(A, says(C, push(stage, A, C, B)));
      },
      /says push with 127\.0\.0\.1:7002/,
    ],
    "an ACK without a SYN": [(stage) => stage.step(A, ack(stage, B, 1), added(stage, B)), /holds 127\.0\.0\.1:7002/],
    "an ACK with another nonce": [
      (stage) => {
        stage.does(A, syn(stage, B, 1));
        stage.step(A, ack(stage, B, 2), added(stage, B));
      },
      /holds 127\.0\.0\.1:7002/,
    ],
    "an ACK from another address": [
      (stage) => {
        stage.does(A, syn(stage, B, 1));
        stage.step(A, ack(stage, C, 1), added(stage, B));
      },
      /holds 127\.0\.0\.1:7002/,
    ],
    "an address that answered to another address": [
      (stage) => {
        stage.does(A, syn(stage, B, 1));
        stage.step(A, ack(stage, C, 1), added(stage, C));
      },
      /holds 127\.0\.0\.1:7003/,
    ],
    "an earlier life had verified it": [
      (stage) => {
        verifies(stage, A, B);
        stage.crash(A, inCluster());
        stage.does(A, added(stage, B));
      },
      /holds 127\.0\.0\.1:7002/,
    ],
    "another peer had verified it": [
      (stage) => {
        verifies(stage, C, B);
        stage.does(A, added(stage, B));
      },
      /peer 7001 holds 127\.0\.0\.1:7002/,
    ],
    "a push in the name of another": [
      (stage) => stage.does(A, says(C, push(stage, B))),
      /peer 7001 says push as if it were at 127\.0\.0\.1:7002/,
    ],
  },
  holds: {
    "who has answered is held and told on": (stage) => {
      verifies(stage, A, B);
      stage.does(A, added(stage, B), says(C, response(stage, B)), says(C, push(stage, A, B)));
    },
    "a fault makes it late": (stage) => {
      verifies(stage, A, B);
      stage.does(A, tells({ kind: "id-removed", address: stage.peer(B).address }), says(C, response(stage, B)));
    },
  },
});
