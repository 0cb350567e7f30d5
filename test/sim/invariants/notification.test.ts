import type { FaultyEffect, FaultyInput } from "../../../src/peer/machine.ts";
import type { Notice } from "../../../src/protocols/notification/notice.ts";
import type { GossipMessage } from "../../../src/wire/gossip-message.ts";
import { A, B, C, inCluster, rule, type Stage, says, tells } from "./stage.ts";

const TYPE = 7;
const PROGRAM = 2;

/** A notice that the peer on a port announced. */
function notice(stage: Stage, port: number, more: Partial<Notice> = {}): Notice {
  const data = Buffer.from("hello");
  return { origin: stage.id(port), life: 1, dataType: TYPE, sequence: 1, ttl: 0, hops: 0, lamport: 5, data, ...more };
}

/** The same after some links. */
function hop(original: Notice, hops = 1, ttl = original.ttl === 0 ? 0 : original.ttl - hops + 1): Notice {
  return { ...original, hops, ttl };
}

function announced(...notices: readonly Notice[]): FaultyEffect {
  return tells({ kind: "notices-announced", count: notices.length, notices });
}

function received(stage: Stage, from: number, ...notices: readonly Notice[]): FaultyEffect {
  return tells({ kind: "notices-received", from: stage.id(from), count: notices.length, notices });
}

function accepted(...notices: readonly Notice[]): FaultyEffect {
  return tells({ kind: "notices-accepted", count: notices.length, notices });
}

function rejected(one: Notice): FaultyEffect {
  return tells({ kind: "notice-rejected", notice: one, because: "invalid" });
}

function subscribed(session: number | null = null, kind: "subscribed" | "unsubscribed" = "subscribed"): FaultyEffect {
  const what = { dataType: TYPE, session };
  return tells(
    kind === "subscribed"
      ? { kind: "type-subscribed", ...what }
      : { kind: "type-unsubscribed", ...what, because: null },
  );
}

function pushes(to: number, ...notices: readonly Notice[]): FaultyEffect {
  return says(to, { protocol: "notification", message: { kind: "push", offset: 0, notices } });
}

function answers(to: number, ...notices: readonly Notice[]): FaultyEffect {
  return says(to, { protocol: "notification", message: { kind: "pulled", more: false, notices } });
}

function notifies(messageId: number, text = "hello", session = PROGRAM): FaultyEffect {
  const message: GossipMessage = { kind: "notification", messageId, dataType: TYPE, data: Buffer.from(text) };
  return { kind: "program", session, said: [message] };
}

function validates(messageId: number, valid = true, session = PROGRAM): FaultyInput {
  return { kind: "program", session, said: [{ kind: "validation", messageId, valid }] };
}

/** A announces, and B receives it from A. */
function spreads(stage: Stage, more: Partial<Notice> = {}): Notice {
  const one = notice(stage, A, more);
  stage.does(A, announced(one), accepted(one));
  stage.does(B, subscribed(), received(stage, A, hop(one)));
  return one;
}

rule("notices-come-once", {
  breaks: {
    "a notice is received twice": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, received(stage, C, hop(one, 2)));
      },
      /peer 7002 takes notice 0001000700000001 of peer 7001 for new once more/,
    ],
    "twice in one go": [
      (stage) =>
        stage.does(B, received(stage, A, notice(stage, A, { sequence: 2 }), notice(stage, A, { sequence: 2 }))),
      /notice 0001000700000002 of peer 7001 for new once more/,
    ],
    "what was announced here comes back as new": [
      (stage) => {
        spreads(stage);
        stage.does(A, received(stage, B, hop(notice(stage, A), 2)));
      },
      /peer 7001 takes/,
    ],
    "a notice is announced twice": [
      (stage) => {
        stage.does(A, announced(notice(stage, A)));
        stage.does(A, announced(notice(stage, A)));
      },
      /peer 7001 announces notice 0001000700000001 of peer 7001, which is not new/,
    ],
    "a later life announces under the same number": [
      (stage) => {
        stage.does(A, announced(notice(stage, A)));
        stage.crash(A, inCluster());
        stage.does(A, announced(notice(stage, A)));
      },
      /which is not new/,
    ],
    "in the name of another": [
      (stage) => stage.does(A, announced(notice(stage, B))),
      /peer 7001 announces notice 0001000700000001 of peer 7002/,
    ],
  },
  holds: {
    "others differ in origin, life, type or number": (stage) => {
      spreads(stage);
      for (const more of [{ sequence: 2 }, { life: 2 }, { dataType: 8 }])
        stage.does(B, received(stage, A, notice(stage, A, more)));
      stage.does(B, received(stage, C, notice(stage, C)));
    },
    "another life receives it again": (stage) => {
      const one = spreads(stage);
      stage.crash(B, inCluster());
      stage.does(B, received(stage, A, hop(one)));
    },
  },
});

rule("notices-come-as-announced", {
  breaks: {
    "nobody announced it": [
      (stage) => stage.does(B, received(stage, A, notice(stage, A))),
      /peer 7002 receives notice 0001000700000001 of peer 7001, which nobody announced/,
    ],
    "with other data": [
      (stage) => spreads(stage) && stage.does(C, received(stage, B, notice(stage, A, { data: Buffer.from("hullo") }))),
      /peer 7003 receives .* otherwise than it was announced/,
    ],
    "at another time": [
      (stage) => spreads(stage) && stage.does(C, received(stage, B, notice(stage, A, { lamport: 6 }))),
      /otherwise than it was announced/,
    ],
    "of another type": [
      (stage) => spreads(stage) && stage.does(C, received(stage, B, notice(stage, A, { dataType: 8 }))),
      /which nobody announced/,
    ],
  },
  holds: {
    "as it was announced, by a life that is over, too": (stage) => {
      const one = spreads(stage);
      stage.crash(A, inCluster());
      stage.does(C, received(stage, B, hop(one, 2)));
    },
    "from another network": (stage) => stage.does(B, received(stage, A, notice(stage, C, { life: 0 }))),
  },
});

rule("notices-keep-their-ttl", {
  breaks: {
    "passed on with the TTL with which it came": [
      (stage) => {
        const one = spreads(stage, { ttl: 4 });
        stage.does(B, pushes(C, hop(one, 2, 4)));
      },
      /peer 7002 sends .* at hop 2 with TTL 4, which began with 4/,
    ],
    "one that had an end has none": [
      (stage) => {
        const one = spreads(stage, { ttl: 1 });
        stage.does(B, answers(C, hop(one, 2, 0)));
      },
      /at hop 2 with TTL 0, which began with 1/,
    ],
    "one without an end has one": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, pushes(C, hop(one, 2, 255)));
      },
      /with TTL 255, which began with 0/,
    ],
    "its hops are not counted": [
      (stage) => {
        const one = spreads(stage, { ttl: 4 });
        stage.does(B, pushes(C, hop(one, 1, 3)));
      },
      /at hop 1 with TTL 3/,
    ],
  },
  holds: {
    "one less a link": (stage) => {
      const one = spreads(stage, { ttl: 2 });
      stage.does(A, pushes(B, hop(one)), answers(B, hop(one)));
      stage.does(B, pushes(C, hop(one, 2)));
    },
    "the farthest": (stage) => {
      const one = spreads(stage, { ttl: 255 });
      stage.does(B, pushes(C, hop(one, 255)));
    },
    "no limit": (stage) => {
      const one = spreads(stage);
      stage.does(B, pushes(C, hop(one, 255)));
    },
  },
});

rule("only-accepted-notices-spread", {
  breaks: {
    "one that nobody accepted": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, pushes(C, hop(one, 2)));
      },
      /peer 7002 sends notice 0001000700000001 of peer 7001, which is pending there/,
    ],
    "one that was rejected, to somebody who asks": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, rejected(hop(one)));
        stage.does(B, answers(C, hop(one, 2)));
      },
      /which is rejected there/,
    ],
    "one that an earlier life accepted": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, accepted(hop(one)));
        stage.crash(B, inCluster());
        stage.does(B, pushes(C, hop(one, 2)));
      },
      /which is unknown there/,
    ],
    "what nobody subscribes is received": [
      (stage) => stage.does(B, received(stage, A, notice(stage, A))),
      /peer 7002 receives .* of a type that nobody there subscribes/,
    ],
    "what nobody subscribes any more": [
      (stage) => {
        stage.does(B, subscribed(), subscribed(PROGRAM), subscribed(null, "unsubscribed"));
        stage.does(B, subscribed(PROGRAM, "unsubscribed"), received(stage, A, notice(stage, A)));
      },
      /nobody there subscribes/,
    ],
  },
  holds: {
    "what is accepted in the same step, told after it": (stage) => {
      const one = spreads(stage);
      stage.does(B, pushes(C, hop(one, 2)), accepted(hop(one)));
    },
    "what was announced here, whoever subscribes it": (stage) => {
      const one = notice(stage, C);
      stage.does(C, announced(one), accepted(one), pushes(A, hop(one)));
    },
    "one of two subscribers is left": (stage) => {
      stage.does(B, subscribed(), subscribed(PROGRAM), subscribed(null, "unsubscribed"));
      stage.does(B, received(stage, A, notice(stage, A)));
    },
  },
});

rule("notices-never-go-back", {
  breaks: {
    "to its origin": [
      (stage) => {
        const one = spreads(stage);
        stage.does(C, subscribed(), received(stage, B, hop(one, 2)), pushes(A, hop(one, 3)));
      },
      /peer 7003 pushes notice 0001000700000001 of peer 7001 back to peer 7001/,
    ],
    "to whoever brought it": [
      (stage) => {
        const one = spreads(stage);
        stage.does(C, subscribed(), received(stage, B, hop(one, 2)), pushes(B, hop(one, 3)));
      },
      /peer 7003 pushes .* of peer 7001 back to peer 7002/,
    ],
  },
  holds: {
    "to a third": (stage) => {
      const one = spreads(stage);
      stage.does(B, pushes(C, hop(one, 2)));
    },
    "to whoever asks for it": (stage) => {
      const one = spreads(stage);
      stage.does(B, answers(A, hop(one, 2)));
    },
    "to whoever brought it to an earlier life": (stage) => {
      const one = notice(stage, C);
      stage.does(B, received(stage, A, hop(one, 2)));
      stage.crash(B, inCluster());
      stage.does(B, received(stage, C, hop(one)), pushes(A, hop(one, 2)));
    },
  },
});

rule("programs-are-notified-once", {
  breaks: {
    "twice of one notice": [
      (stage) => {
        spreads(stage);
        stage.does(B, notifies(1), notifies(2));
      },
      /peer 7002 notifies program 2 2 times of what came 1 times/,
    ],
    "of what never came": [
      (stage) => stage.does(B, notifies(1, "nothing")),
      /notifies program 2 1 times of what came 0 times/,
    ],
    "of what came to an earlier life": [
      (stage) => {
        spreads(stage);
        stage.crash(B, inCluster());
        stage.does(B, notifies(1));
      },
      /of what came 0 times/,
    ],
  },
  holds: {
    "each program once": (stage) => {
      spreads(stage);
      stage.does(B, notifies(1), notifies(1, "hello", PROGRAM + 2));
    },
    "twice, where the same data came twice": (stage) => {
      spreads(stage);
      stage.does(B, received(stage, A, notice(stage, A, { sequence: 2 })), notifies(1), notifies(2));
    },
    "of what was announced here, told after it": (stage) => stage.does(A, notifies(1), announced(notice(stage, A))),
  },
});

rule("notices-wait-for-validation", {
  breaks: {
    "a program has not answered": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, notifies(1), pushes(C, hop(one, 2)));
      },
      /peer 7002 sends notice 0001000700000001 of peer 7001, which program 2 has not answered/,
    ],
    "one of two programs has not": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, notifies(1), notifies(1, "hello", 4));
        stage.step(B, validates(1, true, 4), answers(C, hop(one, 2)));
      },
      /which program 2 has not answered/,
    ],
    "a program has found it invalid": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, notifies(1));
        stage.step(B, validates(1, false), pushes(C, hop(one, 2)));
      },
      /which program 2 has found invalid/,
    ],
    "the answer was about something else": [
      (stage) => {
        const one = spreads(stage);
        stage.does(B, notifies(1));
        stage.step(B, validates(2), pushes(C, hop(one, 2)));
      },
      /has not answered/,
    ],
  },
  holds: {
    "all have found it valid": (stage) => {
      const one = spreads(stage);
      stage.does(B, notifies(1), notifies(9, "hello", 4));
      stage.step(B, validates(1));
      stage.step(B, validates(9, true, 4), pushes(C, hop(one, 2)));
    },
    "nobody was asked": (stage) => {
      const one = spreads(stage);
      stage.does(B, pushes(C, hop(one, 2)));
    },
    "the same data came twice": (stage) => {
      const one = spreads(stage);
      stage.does(B, received(stage, A, notice(stage, A, { sequence: 2 })), notifies(1), notifies(2));
      stage.step(B, validates(1), pushes(C, hop(one, 2)));
    },
  },
});
