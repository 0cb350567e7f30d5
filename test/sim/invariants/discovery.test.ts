import type { AnyMessage, AnyRecord } from "../../../src/peer/registry.ts";
import { A, B, CLUSTER, hello, inCluster, OTHER_CLUSTER, rule, says } from "./stage.ts";

const BELONGS: AnyMessage = {
  protocol: "discovery",
  message: { kind: "belong", cluster: OTHER_CLUSTER, yielding: false },
};

const FOUNDED: AnyRecord = { protocol: "discovery", record: { kind: "founded", cluster: OTHER_CLUSTER, yields: true } };

rule("cluster-is-saved", {
  breaks: {
    "a HELLO says one that is on its way to disk": [
      (stage) => {
        stage.hands(A, FOUNDED);
        stage.does(A, says(B, hello(stage.peer(A), { cluster: OTHER_CLUSTER })));
      },
      /peer 7001 says that it belongs to 00000000000000c2, which its disk does not know/,
    ],
    "word of a new cluster leaves too soon": [
      (stage) => stage.does(A, says(B, BELONGS)),
      /belongs to 00000000000000c2/,
    ],
    "a crash has lost it": [
      (stage) => {
        stage.hands(A, FOUNDED);
        stage.crash(A, inCluster());
        stage.does(A, says(B, BELONGS));
      },
      /belongs to 00000000000000c2/,
    ],
  },
  holds: {
    "what is saved, now or earlier, and a seeker": (stage) => {
      stage.saves(A, FOUNDED);
      stage.does(
        A,
        says(B, BELONGS),
        says(B, hello(stage.peer(A), { cluster: CLUSTER })),
        says(B, hello(stage.peer(A))),
      );
    },
    "one that was joined by giving another up": (stage) => {
      stage.saves(A, { protocol: "discovery", record: { kind: "yielded", to: OTHER_CLUSTER } });
      stage.does(A, says(B, BELONGS));
    },
  },
});
