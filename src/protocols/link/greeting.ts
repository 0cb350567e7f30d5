import { type Address, isUsable } from "../../core/address.ts";
import { ensembleHash, type Modes, USUAL_MODES } from "../../core/modes.ts";
import { type ClusterId, NO_CLUSTER, type PeerId } from "../../core/peer-id.ts";
import type { ReadMode } from "../../core/total-order.ts";
import { asBuffer } from "../../wire/reader.ts";
import { HELLO_TAG, type Hello, type LinkMessage, PROTOCOL_VERSION, type RefusalReason } from "./message.ts";

/** What we say of ourselves. */
export interface Introduction {
  readonly peer: PeerId;
  readonly address: Address;
  readonly name: string;
  readonly cluster: ClusterId;
  readonly incarnation: number;
  readonly yielding: boolean;
  readonly reads: ReadMode;
  readonly modes: Modes;
  /** The virtual address of the cluster; null for none. */
  readonly vip: Address | null;
}

/** Why there can be no link. */
export interface Objection {
  readonly reason: RefusalReason;
  /** One line for the person at the other end. */
  readonly text: string;
}

/** What has a field of its own in every HELLO. */
type Fields = Pick<Hello, "election" | "broadcast" | "reads" | "security">;

/** What all peers of a cluster must agree on, in the words that people are told. */
type Agreed = Readonly<Record<keyof Fields | "mutex" | "ensemble" | "leader" | "virtual address", string>>;

/** What is said of something that is not there. */
const NONE = "none";

const UTF8 = new TextDecoder();

function fieldsOf({ reads, modes: { election, broadcast } }: Introduction): Fields {
  return { election, broadcast, reads, security: "none" };
}

function agreedOf(self: Introduction): Agreed {
  const { mutex, ensemble, leader } = self.modes;
  return {
    ...fieldsOf(self),
    mutex,
    ensemble: ensembleHash(ensemble),
    leader: leader ?? NONE,
    "virtual address": self.vip ?? NONE,
  };
}

/** What somebody else said; whoever says nothing of a tagged one means what is usual. */
function agreedIn(hello: Hello): Agreed {
  const { election, broadcast, reads, security } = hello;
  const said = (tag: number, usual: string): string => {
    const value = tagOf(hello, tag);
    return value === undefined ? usual : UTF8.decode(value);
  };
  return {
    ...{ election, broadcast, reads, security },
    mutex: said(HELLO_TAG.mutex, USUAL_MODES.mutex),
    ensemble: said(HELLO_TAG.ensemble, NONE),
    leader: said(HELLO_TAG.leader, NONE),
    "virtual address": said(HELLO_TAG.vip, NONE),
  };
}

/** Our HELLO; `dials`: how often we have dialled so far. */
export function composeHello(self: Introduction, dials: number): LinkMessage {
  const counted = Buffer.alloc(4);
  counted.writeUInt32BE(dials);
  const tagged: { tag: number; value: Uint8Array }[] = [{ tag: HELLO_TAG.dials, value: counted }];
  if (self.yielding) tagged.push({ tag: HELLO_TAG.yielding, value: Buffer.of(1) });
  const { mutex, ensemble, leader } = agreedOf(self);
  if (mutex !== USUAL_MODES.mutex) tagged.push({ tag: HELLO_TAG.mutex, value: Buffer.from(mutex) });
  if (ensemble !== NONE) tagged.push({ tag: HELLO_TAG.ensemble, value: Buffer.from(ensemble) });
  if (leader !== NONE) tagged.push({ tag: HELLO_TAG.leader, value: Buffer.from(leader) });
  if (self.vip !== null) tagged.push({ tag: HELLO_TAG.vip, value: Buffer.from(self.vip) });
  return {
    kind: "hello",
    leastVersion: PROTOCOL_VERSION,
    mostVersion: PROTOCOL_VERSION,
    role: "peer",
    cluster: self.cluster,
    peer: self.peer,
    incarnation: self.incarnation,
    address: self.address,
    name: self.name,
    ...fieldsOf(self),
    tagged,
  };
}

/** Whether its sender would rather join another cluster. */
export function isYielding(hello: Pick<Hello, "tagged">): boolean {
  const value = tagOf(hello, HELLO_TAG.yielding);
  return value?.length === 1 && value[0] === 1;
}

/** How often its sender had dialled; 0 where it does not say. */
export function dialsOf(hello: Hello): number {
  const value = tagOf(hello, HELLO_TAG.dials);
  return value?.length === 4 ? asBuffer(value).readUInt32BE() : 0;
}

/** Whether two peers belong to two different clusters; one that seeks belongs to none. */
export function clustersDiffer(one: ClusterId, other: ClusterId): boolean {
  return one !== other && one !== NO_CLUSTER && other !== NO_CLUSTER;
}

/**
 * What stands against a link to the sender of `hello`; undefined for nothing.
 *
 * @param told the cluster that our own HELLO on this connection says: the other side judges us by it
 */
export function objectionTo(hello: Hello, self: Introduction, told: ClusterId): Objection | undefined {
  if (hello.peer === self.peer) return { reason: "self", text: `this is ${self.peer} itself` };
  if (hello.leastVersion > PROTOCOL_VERSION || hello.mostVersion < PROTOCOL_VERSION) {
    const theirs = `${hello.leastVersion} to ${hello.mostVersion}`;
    return { reason: "version", text: `we speak version ${PROTOCOL_VERSION}, you ${theirs}` };
  }
  if (hello.role !== "peer") return { reason: "modes", text: "only peers are served here, clients are not" };
  const [ours, theirs] = [agreedOf(self), agreedIn(hello)];
  const mode = (Object.keys(ours) as (keyof Agreed)[]).find((name) => ours[name] !== theirs[name]);
  if (mode !== undefined) return { reason: "modes", text: `our ${mode} is ${ours[mode]}, yours ${theirs[mode]}` };
  if (!isUsable(hello.address)) return { reason: "malformed", text: `nobody can be reached at ${hello.address}` };
  if (hello.address === self.address) return { reason: "malformed", text: `${hello.address} is our own address` };
  if (clustersDiffer(self.cluster, hello.cluster) || clustersDiffer(told, hello.cluster)) {
    return { reason: "other-cluster", text: `we belong to cluster ${told}, you to ${hello.cluster}` };
  }
  return undefined;
}

function tagOf(hello: Pick<Hello, "tagged">, tag: number): Uint8Array | undefined {
  return hello.tagged.find((field) => field.tag === tag)?.value;
}
