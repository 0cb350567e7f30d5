import type { BrokerTable } from "../../core/job.ts";
import type { LockChange } from "../../core/lock.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Answer, Asked, ErrorCode, Operation, OwnOperation, Query } from "../../core/request.ts";
import type { StoreView } from "../../core/store-view.ts";
import type { OrderCommand, OrderEvent, StateMachine } from "../../core/total-order.ts";
import { list, struct, type TypeOf, u32, union, variant } from "../../wire/codec.ts";
import { answer, once, operation, query } from "../../wire/request.ts";
import { oneFrameType } from "../definition.ts";

/** Works in one message, at most. */
export const MAX_BATCH = 4096;

/** What peers say to each other of clients' requests. */
export const serviceMessage = union({
  /** Peer to leader: do these, changes in their order, then queries. Numbers are the sender's, a new one for each. */
  forward: variant(1, {
    changes: list(struct({ number: u32, once, operation }), MAX_BATCH),
    queries: list(struct({ number: u32, query }), MAX_BATCH),
  }),
  /** Leader to peer: what became of them. */
  answered: variant(2, { answers: list(struct({ number: u32, answer }), MAX_BATCH) }),
  /** Either: so much more of what you sent here has come. */
  taken: variant(3, { units: u32 }),
});

/** The frames of the service. */
export const serviceFraming = oneFrameType<ServiceSpeech["message"]>(0x27, {
  // What is said to a program goes by its connection, in its own dialect.
  write: (writer, message) => serviceMessage.write(writer, message as TypeOf<typeof serviceMessage>),
  read: (reader) => serviceMessage.read(reader),
});

/** What a client is answered: in the order of its requests, one each. */
export interface ClientAnswers {
  readonly kind: "answers";
  readonly answers: readonly Answer[];
}

/** What is shown of the service. */
export interface ServiceView {
  /** Connections of clients here. */
  readonly clients: number;
  /** Requests of theirs, and of other peers', that have no answer yet. */
  readonly open: number;
  /** Of those, the ones that wait for somebody to lead. */
  readonly waiting: number;
  /** The index up to which the state machine here has applied the order. */
  readonly appliedIndex: number;
  readonly requests: number;
  readonly forwarded: number;
  readonly failed: number;
  /** What the state machine here holds. */
  readonly state: StoreView;
}

/** The vocabulary of the service. */
export interface ServiceSpeech {
  message: TypeOf<typeof serviceMessage> | ClientAnswers;
  record: never;
  command: /** The total order has something to tell. */
    | { readonly kind: "order"; readonly told: OrderEvent }
    /** Who leads; null while nobody does. */
    | { readonly kind: "leader"; readonly leader: PeerId | null }
    /** Another connection took the place of the link to a peer: what was said on the one before may be lost. */
    | { readonly kind: "relinked"; readonly peer: PeerId }
    /** Clients ask, on connections that stand. */
    | { readonly kind: "asked"; readonly asked: Asked }
    /** A person at this peer, or a script, asks for something. */
    | { readonly kind: "submit"; readonly request: Operation | Query }
    /** A protocol of this peer asks something of the order for itself; answered by "own-answered". */
    | { readonly kind: "submit-own"; readonly request: OwnOperation }
    /** The lock that a ticket is for is held, cannot be had, or was held and is lost. */
    | { readonly kind: "granted"; readonly ticket: number; readonly name: string; readonly token: number }
    | {
        readonly kind: "refused";
        readonly ticket: number;
        readonly name: string;
        readonly code: ErrorCode;
        readonly because: string;
      }
    | { readonly kind: "revoked"; readonly ticket: number; readonly name: string; readonly because: string };
  event: /** For the total order. */
    | { readonly kind: "order-wanted"; readonly command: OrderCommand }
    /** A client wants a lock, or does not hold or want it any more; tickets grow from 1 on. */
    | { readonly kind: "lock-wanted" | "unlock-wanted"; readonly ticket: number; readonly name: string }
    /** Locks in the order stand so now; `all`: nobody holds those that are not named. */
    | { readonly kind: "locks-changed"; readonly all: boolean; readonly changes: readonly LockChange[] }
    /** The office or the jobs in the order stand so now. */
    | { readonly kind: "broker-changed"; readonly table: BrokerTable }
    /** What became of an operation that a protocol of this peer asked for. */
    | { readonly kind: "own-answered"; readonly request: OwnOperation; readonly answer: Answer }
    /** What a person or a script at this peer asked for is answered. */
    | { readonly kind: "request-answered"; readonly request: Operation | Query; readonly answer: Answer };
  view: ServiceView;
  options: {
    readonly peer: PeerId;
    /** What the order drives. */
    readonly machine: StateMachine;
    /** The peer's Lamport time. */
    readonly lamport: () => number;
    /** A random number, 0 to 2^32 - 1. */
    readonly salt: () => number;
    /** Versions of a value that are kept. */
    readonly keepVersions: number;
    /** A request without an outcome by then is answered so, ms. */
    readonly requestTimeoutMs: number;
    /** Requests without an outcome, at most: further ones are refused. */
    readonly maxOpen: number;
  };
}
