import { type Address, parseAddress } from "../../../src/core/address.ts";
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

rule("views-are-bounded", {
  breaks: {
    "it holds itself": [(stage) => stage.does(A, added(stage, A)), /peer 7001 holds itself/],
    "it tells of itself": [(stage) => stage.does(A, says(C, response(stage, B, A))), /peer 7001 tells of itself/],
    "it pushes itself among its IDs": [
      (stage) => stage.does(A, says(C, push(stage, A, A))),
      /peer 7001 tells of itself/,
    ],
    "it tells of an ID twice": [(stage) => stage.does(A, says(C, response(stage, B, B))), /tells of an ID twice/],
    "it holds more than fit": [
      (stage) => stage.does(A, ...range(257, (n) => tells({ kind: "id-added", address: spread(n) }))),
      /peer 7001 holds 257 IDs/,
    ],
    "it tells of more than fit": [
      (stage) => stage.does(A, says(C, { protocol: "gossip", message: { kind: "response", ids: range(257, spread) } })),
      /peer 7001 tells of 257 IDs/,
    ],
    "it tells of too many in one subnet": [
      (stage) => stage.does(A, says(C, { protocol: "gossip", message: { kind: "response", ids: range(65, crowded) } })),
      /peer 7001 tells of 65 IDs of subnet 10\.0\.0/,
    ],
  },
  holds: {
    "as many as fit, and others in their place": (stage) => {
      stage.does(A, ...range(256, (n) => tells({ kind: "id-added", address: spread(n) })));
      stage.does(
        A,
        tells({ kind: "id-removed", address: spread(0) }),
        tells({ kind: "id-added", address: spread(256) }),
      );
    },
    "many on loopback, which is one subnet and has no cap": (stage) => {
      stage.does(A, ...range(100, (n) => tells({ kind: "id-added", address: at(`127.0.0.1:${8001 + n}`) })));
    },
    "an earlier life held others": (stage) => {
      stage.does(A, ...range(200, (n) => tells({ kind: "id-added", address: spread(n) })));
      stage.crash(A, inCluster());
      stage.does(A, ...range(200, (n) => tells({ kind: "id-added", address: spread(200 + n) })));
    },
  },
});

function range<T>(count: number, of: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => of(n));
}

function at(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

/** Addresses in subnets of their own, and in one. */
const spread = (n: number): Address => at(`10.${n >> 8}.${n & 255}.1:7001`);
const crowded = (n: number): Address => at(`10.0.0.${n + 1}:7001`);
