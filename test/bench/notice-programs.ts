import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { API_TYPE } from "../../src/wire/gossip-api.ts";
import { encodeGossip, GOSSIP_HEADER_BYTES } from "../../src/wire/gossip-message.ts";

/** What is announced in benches. */
export const DATA_TYPE = 1337;

/** Bytes of an ANNOUNCE and of a NOTIFICATION before their data. */
const HEAD_BYTES = GOSSIP_HEADER_BYTES + 4;

const VALIDATION_BYTES = 8;

/** A program that subscribes, finds everything valid, and tells which numbers its notifications bear. It does no more. */
export class SubscriberProgram {
  readonly #socket: Socket;
  readonly #messageBytes: number;
  readonly #hear: (number: number) => void;
  #rest: Buffer = Buffer.alloc(0);

  /** @param dataBytes bytes of data in every notification */
  static async connect(port: number, dataBytes: number, hear: (number: number) => void): Promise<SubscriberProgram> {
    const socket = await connected(port);
    socket.write(encodeGossip({ kind: "notify", dataType: DATA_TYPE }));
    return new SubscriberProgram(socket, dataBytes, hear);
  }

  private constructor(socket: Socket, dataBytes: number, hear: (number: number) => void) {
    this.#socket = socket;
    this.#messageBytes = HEAD_BYTES + dataBytes;
    this.#hear = hear;
    socket.on("data", (chunk) => this.#take(chunk as Buffer));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const count = Math.floor(bytes.length / this.#messageBytes);
    this.#rest = bytes.subarray(count * this.#messageBytes);
    if (count === 0) return;
    const answers = Buffer.allocUnsafe(count * VALIDATION_BYTES);
    for (let i = 0; i < count; i++) this.#answer(bytes, i * this.#messageBytes, answers, i * VALIDATION_BYTES);
    this.#socket.write(answers);
  }

  /** Stores the answer to one notification, as bytes: this is all that the load costs. */
  #answer(bytes: Buffer, at: number, answers: Buffer, answerAt: number): void {
    if (bytes.readUInt16BE(at) !== this.#messageBytes || bytes.readUInt16BE(at + 2) !== API_TYPE.notification) {
      throw new Error("a peer said something else than the notifications that were due");
    }
    answers.writeUInt16BE(VALIDATION_BYTES, answerAt);
    answers.writeUInt16BE(API_TYPE.validation, answerAt + 2);
    answers.writeUInt16BE(bytes.readUInt16BE(at + GOSSIP_HEADER_BYTES), answerAt + 4);
    answers.writeUInt16BE(1, answerAt + 6);
    this.#hear(bytes.readUInt32BE(at + HEAD_BYTES));
  }
}

/** A program that announces data whose first four bytes are a number: 0, 1, 2, ... It subscribes the type as well. */
export class AnnouncerProgram {
  /** Announced so far. */
  announced = 0;
  readonly #socket: Socket;
  readonly #message: Buffer;

  /** @param dataBytes bytes of data in every announcement */
  static async connect(port: number, dataBytes: number): Promise<AnnouncerProgram> {
    const socket = await connected(port);
    socket.write(encodeGossip({ kind: "notify", dataType: DATA_TYPE }));
    // It is told nothing of its own, and nobody else announces.
    socket.resume();
    return new AnnouncerProgram(socket, dataBytes);
  }

  private constructor(socket: Socket, dataBytes: number) {
    this.#socket = socket;
    const data = Buffer.alloc(dataBytes, "p2p-node ");
    this.#message = encodeGossip({ kind: "announce", ttl: 0, dataType: DATA_TYPE, data });
  }

  /** Announces so many more; whether the peer reads as fast as that. */
  announce(count: number): boolean {
    const size = this.#message.length;
    const bytes = Buffer.allocUnsafe(count * size);
    for (let i = 0; i < count; i++) {
      this.#message.copy(bytes, i * size);
      bytes.writeUInt32BE(this.announced + i, i * size + HEAD_BYTES);
    }
    this.announced += count;
    return this.#socket.write(bytes);
  }

  /** Settles when what was announced has left. */
  async drained(): Promise<void> {
    if (this.#socket.writableNeedDrain) await once(this.#socket, "drain");
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}
