import type { SessionId } from "../../core/protocol.ts";
import type { FaultyInput } from "../../peer/machine.ts";
import { MAX_REQUEST_LINE_BYTES, requestOf, TOO_LONG_LINE } from "../../wire/client-line.ts";
import { LineSplitter } from "../../wire/lines.ts";
import type { Speech } from "./speech.ts";

/** A peer's end of a connection on which the client dialect is spoken. */
export class ClientSession implements Speech {
  readonly opening = "client-up";
  readonly #lines = new LineSplitter(MAX_REQUEST_LINE_BYTES);
  #isReading = true;

  /** A line that is too long is a malformed request: nothing here is a reason to close. */
  readonly failure = undefined;

  push(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  read(on: boolean): void {
    this.#isReading = on;
  }

  take(session: SessionId): FaultyInput | undefined {
    if (!this.#isReading) return undefined;
    const requests: ReturnType<typeof requestOf>[] = [];
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      requests.push(line === "too-long" ? TOO_LONG_LINE : requestOf(line));
    }
    return requests.length === 0 ? undefined : { kind: "client", asked: [{ session, requests }] };
  }
}
