import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Where the answer that begins at `from` ends; 0 while some of it is missing. */
export type Cut = (text: string, from: number) => number;

/** Answers that are a line each. */
export const lines: Cut = (text, from) => text.indexOf("\n", from) + 1;

/** Answers of so many bytes each. */
export function pieces(bytes: number): Cut {
  return (text, from) => (from + bytes <= text.length ? from + bytes : 0);
}

/**
 * A lean connection to a server that answers in the order in which it was asked: it is to cost little beside what is
 * measured. What is asked in one turn of the event loop leaves in one write. One byte is one character.
 */
export class Pipeline {
  /** Rejects when the connection is over. */
  readonly lost: Promise<never>;
  readonly #socket: Socket;
  readonly #cut: Cut;
  #waiting: ((answer: string) => void)[] = [];
  #first = 0;
  #out = "";
  #rest = "";

  /** Connects to a port on loopback. */
  static async open(port: number, cut: Cut): Promise<Pipeline> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Pipeline(socket, cut);
  }

  private constructor(socket: Socket, cut: Cut) {
    this.#socket = socket;
    this.#cut = cut;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#take(text));
    socket.on("error", () => {});
    this.lost = new Promise((_, reject) => {
      socket.once("close", () => reject(new Error("the connection was closed")));
    });
    // Whoever waits for nothing at the time does not look.
    this.lost.catch(() => {});
  }

  /** Asks; `answered` is called once, unless the connection is lost before. */
  ask(request: string, answered: (answer: string) => void): void {
    this.#waiting.push(answered);
    if (this.#out === "") queueMicrotask(() => this.#flush());
    this.#out += request;
  }

  close(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    this.#socket.write(this.#out, "latin1");
    this.#out = "";
  }

  #take(text: string): void {
    const all = this.#rest + text;
    let from = 0;
    for (let end = this.#cut(all, from); end > 0; end = this.#cut(all, from)) {
      this.#next()?.(all.slice(from, end));
      from = end;
    }
    this.#rest = all.slice(from);
  }

  #next(): ((answer: string) => void) | undefined {
    const answered = this.#waiting[this.#first];
    this.#first += 1;
    if (this.#first < 4096) return answered;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
    return answered;
  }
}
