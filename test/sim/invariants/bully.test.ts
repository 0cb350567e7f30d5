import type { AnyMessage } from "../../../src/peer/registry.ts";
import type { BullyMessage } from "../../../src/protocols/bully/message.ts";
import { A, B, C, latency, rule, type Stage, says, tells } from "./stage.ts";

function bully(message: BullyMessage): AnyMessage {
  return { protocol: "bully", message };
}

const election = bully({ kind: "election", priority: 0 });
const answer = bully({ kind: "answer", priority: 0, objects: true });
const coordinator = bully({ kind: "coordinator", priority: 0, over: null, holdMs: 0 });
const heartbeat = bully({ kind: "heartbeat", priority: 0, over: null, holdMs: 0 });

const stands = tells({ kind: "election-started", because: "silent" });

function wins(stage: Stage, port: number) {
  return tells({ kind: "election-ended", outcome: "won", leader: stage.id(port) });
}

rule(
  "elections-are-short",
  {
    breaks: {
      "it asks somebody twice": [
        (stage) => stage.does(A, stands, says(B, election), says(C, election), says(B, election)),
        /peer 7001 has said election 3 times, where 2 would do/,
      ],
      "it asks and does not stand": [
        (stage) => stage.does(A, says(B, election)),
        /peer 7001 has said election 1 times, where 0 would do/,
      ],
      "it answers twice": [
        (stage) => stage.hears(A, B, election, says(B, answer), says(B, answer)),
        /peer 7001 has said answer 2 times, where 1 would do/,
      ],
      "it tells that it leads without having won": [
        (stage) => stage.does(A, stands, says(B, coordinator)),
        /peer 7001 has said coordinator 1 times, where 0 would do/,
      ],
    },
    holds: {
      "who stands asks all, who wins tells all": (stage) => {
        stage.does(A, stands, says(B, election), says(C, election));
        stage.does(A, wins(stage, A), says(B, coordinator), says(C, coordinator));
        for (let i = 0; i < 5; i++) stage.does(A, says(B, heartbeat), says(C, heartbeat));
      },
      "a leader that is asked says that it leads, anybody else answers": (stage) => {
        stage.hears(A, B, election, says(B, coordinator));
        stage.hears(C, B, election, says(B, answer));
      },
      "a fault of its own says things twice": (stage) => {
        stage.does(A, latency("fault-set"));
        stage.hears(A, B, election, says(B, answer), says(B, answer));
      },
    },
  },
  { election: "bully", broadcast: "none" },
);

/** A leader gives way to a peer, which leads for a while and is lost. */
function yields(stage: Stage, because: "higher-priority" | "silent" = "higher-priority"): void {
  const [own, other] = [stage.id(A), stage.id(B)];
  stage.does(
    A,
    tells({ kind: "leader-lost", leader: own, because }),
    tells({ kind: "leader-elected", leader: other, previous: own }),
  );
  stage.does(
    A,
    tells({ kind: "leader-lost", leader: other, because: "link-broke" }),
    tells({ kind: "leader-elected", leader: own, previous: other }),
  );
}

function times(count: number, act: () => void): void {
  for (let i = 0; i < count; i++) act();
}

rule(
  "leaders-yield-seldom",
  {
    breaks: {
      "one comes and goes, and is let lead each time": [
        (stage) => times(8, () => yields(stage)),
        /peer 7001 has given way to peer 7002 8 times in 0 ms, where 7 times are allowed/,
      ],
    },
    holds: {
      "one comes and goes a few times": (stage) => times(7, () => yields(stage)),
      "whoever takes over from nobody that works": (stage) => times(20, () => yields(stage, "silent")),
      "one is asked to take over": (stage) =>
        times(20, () => {
          stage.does(A, tells({ kind: "transfer-started", to: stage.id(B) }));
          yields(stage);
        }),
    },
  },
  { election: "bully", broadcast: "none" },
);
