import { PeerConnection } from "../../src/client/peer-connection.ts";
import type { Address } from "../../src/core/address.ts";
import type { Answer } from "../../src/core/request.ts";
import type { StoreRequest } from "../../src/sim/linearizability/history.ts";

/** A connection in the client dialect that asks one thing at a time, each once. */
export class RawConnection {
  /** Whether it came to stand. */
  readonly opened: Promise<boolean>;
  readonly #connection: PeerConnection;
  #tellAnswer: (answer: Answer | null) => void = () => undefined;
  #isOver = false;

  /** @param silenceMs a peer that owes an answer and says nothing for so long is taken for dead */
  constructor(address: Address, silenceMs: number) {
    let tellOpened: (isUp: boolean) => void = () => undefined;
    this.opened = new Promise((resolve) => {
      tellOpened = resolve;
    });
    this.#connection = new PeerConnection(address, silenceMs, {
      onUp: () => tellOpened(true),
      onAnswer: (answer) => this.#tellAnswer(answer),
      onOver: () => {
        this.#isOver = true;
        tellOpened(false);
        this.#tellAnswer(null);
      },
    });
  }

  /** Whether it is lost. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The answer; null where the connection is lost before there is one. */
  ask(request: StoreRequest): Promise<Answer | null> {
    return new Promise((resolve) => {
      if (this.#isOver) return resolve(null);
      this.#tellAnswer = resolve;
      this.#connection.send(request);
    });
  }

  close(): void {
    this.#connection.close();
  }
}
