import type { FaultyEffect, FaultyInput } from "../../../src/peer/machine.ts";
import type { AnyMessage } from "../../../src/peer/registry.ts";
import { A, ack, B, C, inCluster, latency, rule, type Stage, says, syn, tells } from "./stage.ts";

/** A SYN comes from a peer. */
function asks(stage: Stage, from: number, nonce: number): FaultyInput {
  return { kind: "packet", from: stage.peer(from).address, packet: { kind: "syn", nonce: Buffer.alloc(16, nonce) } };
}

/** The ACK of that SYN leaves. */
function acknowledges(stage: Stage, to: number, nonce: number): FaultyEffect {
  return { kind: "packet", to: stage.peer(to).address, packet: { kind: "ack", nonce: Buffer.alloc(16, nonce) } };
}

function request(stage: Stage, token: number, target: number): AnyMessage {
  return { protocol: "health", message: { kind: "probe-request", token, target: stage.peer(target).address } };
}

function answer(token: number, answered: boolean): AnyMessage {
  return { protocol: "health", message: { kind: "probe-answer", token, answered } };
}

rule("answers-were-asked-for", {
  breaks: {
    "nobody asked": [
      (stage) => stage.does(A, acknowledges(stage, B, 1)),
      /peer 7001 acknowledges a probe to 127\.0\.0\.1:7002, from where none came/,
    ],
    "somebody else asked": [
      (stage) => stage.step(A, asks(stage, C, 1), acknowledges(stage, B, 1)),
      /acknowledges a probe to 127\.0\.0\.1:7002/,
    ],
    "another nonce was asked": [
      (stage) => stage.step(A, asks(stage, B, 2), acknowledges(stage, B, 1)),
      /acknowledges a probe to 127\.0\.0\.1:7002/,
    ],
    "another peer was asked": [
      (stage) => {
        stage.step(C, asks(stage, B, 1));
        stage.does(A, acknowledges(stage, B, 1));
      },
      /peer 7001 acknowledges/,
    ],
    "twice, and no fault": [
      (stage) => {
        stage.step(A, asks(stage, B, 1), acknowledges(stage, B, 1));
        stage.does(A, acknowledges(stage, B, 1));
      },
      /acknowledges a probe to 127\.0\.0\.1:7002/,
    ],
    "a request that was not made": [
      (stage) => stage.does(A, says(B, answer(7, false))),
      /peer 7001 answers a probe request of peer 7002, which sent none/,
    ],
    "the request of another": [
      (stage) => {
        stage.hears(A, C, request(stage, 7, B));
        stage.does(A, says(B, answer(7, false)));
      },
      /answers a probe request of peer 7002/,
    ],
  },
  holds: {
    "at once, or as soon as the disk lets it": (stage) => {
      stage.step(A, asks(stage, B, 1), acknowledges(stage, B, 1));
      stage.step(A, asks(stage, C, 2));
      stage.does(A, acknowledges(stage, C, 2));
    },
    "late and twice where there is a fault, if need be by the next life": (stage) => {
      stage.does(A, latency("fault-set"));
      stage.step(A, asks(stage, B, 1), acknowledges(stage, B, 1));
      stage.does(A, acknowledges(stage, B, 1));
      stage.step(A, { kind: "faults", command: { kind: "crash", by: "test", forMs: null } }, { kind: "crash" });
      stage.step(A, asks(stage, B, 2));
      stage.step(A, { kind: "restored", id: stage.id(A), records: inCluster() });
      stage.does(A, acknowledges(stage, B, 2));
    },
    "a request, when the probe is over": (stage) => {
      stage.hears(A, B, request(stage, 7, C));
      stage.does(A, says(B, answer(7, false)));
    },
  },
});

function joined(stage: Stage, port: number): FaultyEffect {
  const { id: peer, address } = stage.peer(port);
  return tells({ kind: "member-joined", peer, address, name: "" });
}

function counts(stage: Stage, port: number): FaultyEffect {
  return tells({ kind: "probe-answered", peer: stage.id(port), rttMs: 1 });
}

function checked(stage: Stage, port: number, answered = true): FaultyEffect {
  return tells({ kind: "checked", address: stage.peer(port).address, answered, rttMs: answered ? 1 : null });
}

function countsWord(stage: Stage, about: number, via: number): FaultyEffect {
  return tells({ kind: "probe-answered-indirectly", peer: stage.id(about), via: stage.id(via) });
}

rule("only-acks-count", {
  breaks: {
    "nothing has come": [
      (stage) => stage.does(A, joined(stage, B), counts(stage, B)),
      /peer 7001 counts an ACK of peer 7002, which has not come/,
    ],
    "from another address": [
      (stage) => {
        stage.does(A, joined(stage, B), syn(stage, B, 1));
        stage.step(A, ack(stage, C, 1), counts(stage, B));
      },
      /counts an ACK of peer 7002/,
    ],
    "of another probe, to another peer": [
      (stage) => {
        stage.does(A, joined(stage, B), syn(stage, C, 1));
        stage.step(A, ack(stage, C, 1), counts(stage, B));
      },
      /counts an ACK of peer 7002/,
    ],
    "a check, from another address": [
      (stage) => {
        stage.does(A, syn(stage, B, 1));
        stage.step(A, ack(stage, C, 1), checked(stage, B));
      },
      /peer 7001 counts an ACK of 127\.0\.0\.1:7002, which has not come/,
    ],
    twice: [
      (stage) => {
        stage.does(A, joined(stage, B), syn(stage, B, 1));
        stage.step(A, ack(stage, B, 1), counts(stage, B), checked(stage, B));
      },
      /counts an ACK of 127\.0\.0\.1:7002/,
    ],
    "the copy of an ACK": [
      (stage) => {
        stage.does(A, joined(stage, B), syn(stage, B, 1));
        stage.step(A, ack(stage, B, 1), counts(stage, B));
        stage.step(A, ack(stage, B, 1), counts(stage, B));
      },
      /counts an ACK of peer 7002/,
    ],
    "later than it came, and no fault": [
      (stage) => {
        stage.does(A, joined(stage, B), syn(stage, B, 1));
        stage.step(A, ack(stage, B, 1));
        stage.does(A, counts(stage, B));
      },
      /counts an ACK of peer 7002/,
    ],
    "of an earlier life": [
      (stage) => {
        stage.does(A, joined(stage, B), syn(stage, B, 1));
        stage.crash(A, inCluster());
        stage.step(A, ack(stage, B, 1), joined(stage, B), counts(stage, B));
      },
      /counts an ACK of peer 7002/,
    ],
    "where the member was before it moved": [
      (stage) => {
        stage.does(A, joined(stage, B), syn(stage, B, 1));
        const { id: peer, address: previous } = stage.peer(B);
        stage.does(A, tells({ kind: "member-moved", peer, address: stage.peer(C).address, previous }));
        stage.step(A, ack(stage, B, 1), counts(stage, B));
      },
      /counts an ACK of peer 7002/,
    ],
  },
  holds: {
    "an ACK from where the SYN went counts for a probe or for a check": (stage) => {
      stage.does(A, joined(stage, B), syn(stage, B, 1), syn(stage, C, 2));
      stage.step(A, ack(stage, B, 1), counts(stage, B));
      stage.step(A, ack(stage, C, 2), checked(stage, C));
      stage.does(A, checked(stage, B, false));
    },
    "late, where a fault delays it or the peer stands still": (stage) => {
      stage.does(A, joined(stage, B), syn(stage, B, 1), syn(stage, B, 2), latency("fault-set"));
      stage.step(A, ack(stage, B, 1));
      stage.does(A, counts(stage, B), latency("fault-ended"), tells({ kind: "peer-paused", by: "test" }));
      stage.step(A, ack(stage, B, 2));
      stage.does(A, tells({ kind: "peer-unpaused", by: "test", pausedMs: 1 }), checked(stage, B));
    },
    "a second copy, where a fault may have lost the first": (stage) => {
      stage.does(A, joined(stage, B), syn(stage, B, 1), latency("fault-set"));
      stage.step(A, ack(stage, B, 1), latency("fault-ended"));
      stage.step(A, ack(stage, B, 1), counts(stage, B));
    },
  },
});

rule("only-true-word-counts", {
  breaks: {
    "word of a peer that was not asked": [
      (stage) => {
        stage.does(A, joined(stage, B));
        stage.hears(A, C, answer(7, true), countsWord(stage, B, C));
      },
      /peer 7001 counts a yes of peer 7003, which has not come/,
    ],
    "a no for a yes": [
      (stage) => {
        stage.does(A, joined(stage, B), says(C, request(stage, 7, B)));
        stage.hears(A, C, answer(7, false), countsWord(stage, B, C));
      },
      /counts a yes of peer 7003/,
    ],
    "a yes about a third": [
      (stage) => {
        stage.does(A, joined(stage, B), says(C, request(stage, 7, C)));
        stage.hears(A, C, answer(7, true), countsWord(stage, B, C));
      },
      /counts a yes of peer 7003/,
    ],
    "a yes to a request without an ACK": [
      (stage) => {
        stage.hears(A, B, request(stage, 7, C));
        stage.does(A, says(B, answer(7, true)));
      },
      /peer 7001 says that 127\.0\.0\.1:7003 answered, which it never did/,
    ],
  },
  holds: {
    "word of a peer that was asked, and the answer that it gave for it": (stage) => {
      stage.does(A, joined(stage, B), says(C, request(stage, 7, B)));
      stage.hears(C, A, request(stage, 7, B), syn(stage, B, 1));
      stage.step(C, ack(stage, B, 1), says(A, answer(7, true)));
      stage.hears(A, C, answer(7, true), countsWord(stage, B, C));
    },
  },
});
