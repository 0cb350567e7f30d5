import type { Address } from "../../core/address.ts";
import { ELECTIONS } from "../../core/election.ts";
import { MAX_NAME_BYTES } from "../../core/limits.ts";
import { BROADCASTS, type Modes } from "../../core/modes.ts";
import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import { READ_MODES, type ReadMode } from "../../core/total-order.ts";
import { bytes, type Codec, choice, list, struct, type TypeOf, text, u8, u16, u32 } from "../../wire/codec.ts";
import { address, clusterId, peerId } from "../../wire/identity.ts";
import type { FrameHead, Framing } from "../definition.ts";

/** The protocol version that this program speaks, least and most. */
export const PROTOCOL_VERSION = 1;

/** Tags of the fields that may follow a HELLO; an unknown one is ignored. Append-only. */
export const HELLO_TAG = {
  /** One byte, 1: this peer founded its cluster alone, holds nothing, and would rather join another. */
  yielding: 1,
  /**
   * u32: how often the sender has dialled anybody in this life, this very dial included. So both sides know which of
   * two connections was dialled later, and after what.
   */
  dials: 2,
  /** Which algorithm keeps each other out, in words; without it Lamport's. */
  mutex: 3,
  /** A hash of the ensemble, 16 hex digits; without it none is named. */
  ensemble: 4,
  /** The address of the leader of a fixed election. */
  leader: 5,
  /** The virtual address of the cluster, as text; without it there is none. */
  vip: 6,
} as const;

/** The first message on a link, both ways. */
export const hello = struct({
  leastVersion: u8,
  mostVersion: u8,
  role: choice(["peer", "client"]),
  cluster: clusterId,
  peer: peerId,
  incarnation: u32,
  address,
  name: text(MAX_NAME_BYTES),
  election: choice(ELECTIONS),
  broadcast: choice(BROADCASTS),
  reads: choice(READ_MODES),
  security: choice(["none"]),
  tagged: list(struct({ tag: u8, value: bytes(255) }), 32),
});

/** HELLO as a value. */
export type Hello = TypeOf<typeof hello>;

/** Why a link is refused or ended; the number is the wire's. Append-only. */
export const REFUSAL = {
  /** Another link between the two peers survives. */
  duplicate: 1,
  /** The two belong to different clusters. */
  "other-cluster": 2,
  version: 3,
  /** A peer dialled itself. */
  self: 4,
  /** The sender says goodbye: it leaves on purpose. */
  leaving: 5,
  /** The two are configured for different elections, broadcasts, reads or security. */
  modes: 6,
  /** The sender has as many links as it wants. */
  full: 7,
  /** The sender stops and will be back: a restart, not a leave. */
  stopping: 8,
  /** A HELLO that cannot be true, such as one from an address where nobody can be reached. */
  malformed: 9,
  /** The sender keeps no link to the receiver's address any more; it says nothing about the sender. */
  unwanted: 10,
  /** A message was lost or overtaken where the order counts: a new link begins a new order. */
  disordered: 11,
} as const;

/** Why a link is refused or ended. */
export type RefusalReason = keyof typeof REFUSAL;

const errorBody = struct({ code: u16, text: text(1024) });

/** All that is said on a link by itself. */
export type LinkMessage =
  | ({ readonly kind: "hello" } & Hello)
  | { readonly kind: "ping"; readonly requestId: number }
  | { readonly kind: "pong"; readonly requestId: number }
  | ({ readonly kind: "error" } & TypeOf<typeof errorBody>);

/** The frame types of links. */
export const LINK_FRAME = { hello: 0x10, ping: 0x01, pong: 0x81, error: 0x7f } as const;

/** HELLO, PING and its answer, ERROR. */
export const linkFraming: Framing<LinkMessage> = {
  types: [LINK_FRAME.hello, LINK_FRAME.ping, LINK_FRAME.pong, LINK_FRAME.error],
  head: (message): FrameHead => ({
    type: LINK_FRAME[message.kind],
    requestId: "requestId" in message ? message.requestId : 0,
    imageSize: 0,
  }),
  write: (writer, message) => {
    if (message.kind === "hello") hello.write(writer, message);
    if (message.kind === "error") errorBody.write(writer, message);
  },
  read: (head, reader): LinkMessage => {
    switch (head.type) {
      case LINK_FRAME.hello:
        return { kind: "hello", ...hello.read(reader) };
      case LINK_FRAME.error:
        return { kind: "error", ...errorBody.read(reader) };
      default:
        if (head.requestId === 0) reader.fail("PING without a request ID");
        return { kind: head.type === LINK_FRAME.ping ? "ping" : "pong", requestId: head.requestId };
    }
  },
};

/** Links keep nothing on disk. */
export const linkRecord: Codec<never> = {
  write: () => {},
  read: (reader) => {
    reader.fail("links keep no records");
    return undefined as never;
  },
};

/** What a link is made of, for whoever asks. */
export interface LinkView {
  readonly peer: PeerId;
  readonly address: Address;
  readonly session: SessionId;
  readonly dialledBy: "us" | "them";
  /** Instant at which it was established, monotonic ms. */
  readonly since: number;
}

/** The vocabulary of links. */
export interface LinkSpeech {
  message: LinkMessage;
  record: never;
  command: /** Keep a link to whoever is at `address`, redialling with backoff, until told otherwise. */
    | { readonly kind: "connect"; readonly address: Address }
    /** Dial a wanted address now instead of when its backoff ends. */
    | { readonly kind: "redial"; readonly address: Address }
    /**
     * Keep no link to this address any more. One to whoever says that it listens there, or that was dialled there, is
     * closed with `reason`; `leaving` and `stopping` would tell the other side that this peer goes.
     */
    | { readonly kind: "disconnect"; readonly address: Address; readonly reason: RefusalReason }
    /** End the link to a peer, so that another takes its place: on this one a message was lost or overtaken. */
    | { readonly kind: "restart"; readonly peer: PeerId }
    /** What the HELLOs of new links say from now on; links to other clusters are closed. */
    | {
        readonly kind: "introduce";
        readonly cluster: ClusterId;
        readonly incarnation: number;
        readonly yielding: boolean;
      }
    /** Say goodbye on every link and dial no more. */
    | { readonly kind: "leave"; readonly reason: "leaving" | "stopping" };
  event:
    | {
        readonly kind: "link-established";
        readonly peer: PeerId;
        readonly session: SessionId;
        readonly address: Address;
        readonly name: string;
        readonly incarnation: number;
        readonly cluster: ClusterId;
        readonly dialledBy: "us" | "them";
      }
    /**
     * The surviving link of a pair that had two is now this session; the link was up and stays up. Messages that still
     * come on the session before are that peer's until it is closed. The rest is what the HELLO on the new one said.
     */
    | {
        readonly kind: "link-replaced";
        readonly peer: PeerId;
        readonly session: SessionId;
        readonly address: Address;
        readonly name: string;
        readonly incarnation: number;
        readonly cluster: ClusterId;
        readonly dialledBy: "us" | "them";
      }
    /**
     * A second connection of a pair, found when the link was up already, that does not survive. What comes on it until
     * it is closed is that peer's all the same.
     */
    | { readonly kind: "link-duplicated"; readonly peer: PeerId; readonly session: SessionId }
    | {
        readonly kind: "link-lost";
        readonly peer: PeerId;
        readonly address: Address;
        readonly reason: string;
        /** The other side said goodbye, so it fails no more than it must. */
        readonly goodbye: "leaving" | "stopping" | null;
      }
    | { readonly kind: "dial-failed"; readonly address: Address; readonly reason: string; readonly attempts: number }
    | {
        readonly kind: "link-refused";
        readonly address: Address;
        readonly by: "us" | "them";
        readonly reason: RefusalReason | "unknown";
        readonly text: string;
      }
    /** A peer of another cluster was met. */
    | {
        readonly kind: "other-cluster-met";
        readonly peer: PeerId;
        readonly address: Address;
        readonly cluster: ClusterId;
        readonly yielding: boolean;
      };
  view: { readonly links: readonly LinkView[]; readonly dialling: readonly Address[]; readonly refused: number };
  options: {
    readonly peer: PeerId;
    readonly address: Address;
    readonly name: string;
    readonly cluster: ClusterId;
    readonly incarnation: number;
    /** Both are the same in the whole cluster. */
    readonly reads: ReadMode;
    readonly modes: Modes;
    /** The virtual address of the cluster, the same at all of its peers; null for none. */
    readonly vip: Address | null;
    /** From a dial, or from a connection that was accepted, to the HELLO; also how long a duplicate is drained. */
    readonly helloTimeoutMs: number;
    /** Between two PINGs on a link; two in a row without an answer end it. */
    readonly pingIntervalMs: number;
    /** The longest wait before the first redial; it doubles with every failure. */
    readonly redialFirstMs: number;
    /** The longest wait before any redial; a link that lasted as long starts the doubling anew. */
    readonly redialCapMs: number;
  };
}
