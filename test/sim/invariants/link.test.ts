import { encodeMessage } from "../../../src/peer/frames.ts";
import type { AnyMessage } from "../../../src/peer/registry.ts";
import type { RaftMessage } from "../../../src/protocols/raft/message.ts";
import { Stream } from "../../../src/sim/network/stream.ts";
import type { Received } from "../../../src/sim/world/observer.ts";
import { corruptFrame } from "../../../src/wire/frame.ts";
import { A, B, raft, rule, type Stage, says } from "./stage.ts";

type Message = ReturnType<typeof says>;

function ping(requestId: number): AnyMessage {
  return { protocol: "link", message: { kind: "ping", requestId } };
}

/** A connection from one peer to another, and what the test lets it carry. */
class Wire {
  readonly #stage: Stage;
  readonly #stream: Stream;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#stream = new Stream(stage.network, stage.peer(A), 1, stage.peer(B).address, () => {});
  }

  /** The first peer sends; the bytes. */
  send(content: AnyMessage, more: Partial<Message> = {}): Buffer {
    const message = says(1, content, more);
    const bytes = encodeMessage(message);
    this.#stage.spectator.sent(this.#stage.peer(A), { stream: this.#stream, message, bytes });
    return bytes;
  }

  /** The second peer receives bytes and makes this of them: by default the message that was meant. */
  receive(bytes: Buffer, content: AnyMessage | null, more: Partial<Received> = {}): void {
    this.#stage.spectator.received(this.#stage.peer(B), {
      session: 2,
      stream: this.#stream,
      remote: this.#stage.peer(A).address,
      bytes,
      sent: null,
      inputs: content === null ? [] : [{ kind: "message", session: 2, content, envelope: null }],
      failure: undefined,
      ...more,
    });
  }
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  corruptFrame(copy, 12_345);
  return copy;
}

rule("only-what-was-sent-arrives", {
  breaks: {
    "nothing was sent": [
      (stage) => new Wire(stage).receive(encodeMessage(says(1, ping(1))), ping(1)),
      /peer 7002 receives 11 bytes that 127\.0\.0\.1:7001 never sent/,
    ],
    "it was sent on another connection": [
      (stage) => {
        const [wire, other] = [new Wire(stage), new Wire(stage)];
        other.receive(wire.send(ping(1)), ping(1));
      },
      /never sent/,
    ],
    "it comes twice": [
      (stage) => {
        const wire = new Wire(stage);
        const bytes = wire.send(ping(1));
        wire.receive(bytes, ping(1));
        wire.receive(bytes, ping(1));
      },
      /never sent/,
    ],
    "one is left out": [
      (stage) => {
        const wire = new Wire(stage);
        wire.send(ping(1));
        wire.receive(wire.send(ping(2)), ping(2));
      },
      /peer 7002 receives 11 bytes of 127\.0\.0\.1:7001 out of order/,
    ],
    "it is read as something else": [
      (stage) => {
        const wire = new Wire(stage);
        wire.receive(wire.send(ping(1)), ping(2));
      },
      /peer 7002 reads .*"requestId":2.* where 127\.0\.0\.1:7001 said .*"requestId":1/,
    ],
    "its time is read wrongly": [
      (stage) => {
        const wire = new Wire(stage);
        const bytes = wire.send(ping(1), { envelope: { lamport: 5, sequence: 1 } });
        wire.receive(bytes, ping(1));
      },
      /peer 7002 reads/,
    ],
    "its number is read wrongly": [
      (stage) => {
        const wire = new Wire(stage);
        const bytes = wire.send(ping(1), { envelope: { lamport: 5, sequence: 1 } });
        const input = { kind: "message", session: 2, content: ping(1), envelope: { lamport: 5, sequence: 2 } } as const;
        wire.receive(bytes, null, { inputs: [input] });
      },
      /peer 7002 reads/,
    ],
    "a field is lost": [
      (stage) => {
        const wire = new Wire(stage);
        const numbers = { term: 1, round: 1, previousIndex: 0, previousTerm: 0, leaderCommit: 0 };
        const read: RaftMessage = { kind: "append-entries", ...numbers, standby: null, entries: [] };
        const meant: RaftMessage = { ...read, entries: [{ index: 1, term: 1, payload: { kind: "no-op" } }] };
        wire.receive(wire.send(raft(meant)), raft(read));
      },
      /peer 7002 reads/,
    ],
    "it is refused though it is whole": [
      (stage) => {
        const wire = new Wire(stage);
        wire.receive(wire.send(ping(1)), null, { failure: "bad checksum" });
      },
      /peer 7002 refuses what 127\.0\.0\.1:7001 sent: bad checksum/,
    ],
    "nothing is made of it": [
      (stage) => {
        const wire = new Wire(stage);
        wire.receive(wire.send(ping(1)), null);
      },
      /peer 7002 makes 0 messages of one/,
    ],
  },
  holds: {
    "in order, and the last ones may be lost": (stage) => {
      const wire = new Wire(stage);
      const [one, two] = [wire.send(ping(1)), wire.send(ping(2))];
      wire.send(ping(3));
      wire.receive(one, ping(1));
      wire.receive(two, ping(2));
    },
    "with a number that has wrapped": (stage) => {
      const wire = new Wire(stage);
      const bytes = wire.send(ping(1), { envelope: { lamport: 5, sequence: 2 ** 32 + 1 } });
      const input = { kind: "message", session: 2, content: ping(1), envelope: { lamport: 5, sequence: 1 } } as const;
      wire.receive(bytes, null, { inputs: [input] });
    },
    "damaged on its way it is refused, and what follows is not missed": (stage) => {
      const wire = new Wire(stage);
      const bytes = wire.send(ping(1));
      wire.receive(damaged(bytes), null, { sent: bytes, failure: "bad checksum" });
    },
    "damaged by its sender it is refused": (stage) => {
      const wire = new Wire(stage);
      wire.receive(wire.send(ping(1), { corruption: 12_345 }), null, { failure: "bad checksum" });
    },
    "what a program sends is for the program to answer for": (stage) => {
      const { address: remote } = stage.stranger;
      new Wire(stage).receive(Buffer.from("hello"), null, { remote, failure: "bad version" });
    },
  },
});

rule("damage-is-refused", {
  breaks: {
    "damage on the way is accepted": [
      (stage) => {
        const wire = new Wire(stage);
        const bytes = wire.send(ping(1));
        wire.receive(damaged(bytes), ping(1), { sent: bytes });
      },
      /peer 7002 accepts a damaged frame of 127\.0\.0\.1:7001/,
    ],
    "damage by its sender is accepted": [
      (stage) => {
        const wire = new Wire(stage);
        wire.receive(wire.send(ping(1), { corruption: 12_345 }), ping(1));
      },
      /accepts a damaged frame/,
    ],
    "it is refused, and something is made of it": [
      (stage) => {
        const wire = new Wire(stage);
        const bytes = wire.send(ping(1));
        wire.receive(damaged(bytes), ping(1), { sent: bytes, failure: "bad checksum" });
      },
      /accepts a damaged frame/,
    ],
    "the connection stays open": [
      (stage) => {
        const wire = new Wire(stage);
        const bytes = wire.send(ping(1));
        wire.receive(damaged(bytes), null, { sent: bytes });
      },
      /accepts a damaged frame/,
    ],
  },
  holds: {
    "what is whole is accepted": (stage) => {
      const wire = new Wire(stage);
      wire.receive(wire.send(ping(1)), ping(1));
    },
    "damage is refused": (stage) => {
      const wire = new Wire(stage);
      const bytes = wire.send(ping(1));
      wire.receive(damaged(bytes), null, { sent: bytes, failure: "bad checksum" });
    },
    "damage upon damage is beyond the promise": (stage) => {
      const wire = new Wire(stage);
      const bytes = wire.send(ping(1), { corruption: 12_345 });
      wire.receive(damaged(bytes), ping(1), { sent: bytes });
    },
    "what is no frame promises nothing": (stage) => {
      const sent = Buffer.from("hello, this is no frame");
      new Wire(stage).receive(Buffer.from("hallo, this is no frame"), null, { sent });
    },
  },
});
