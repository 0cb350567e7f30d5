import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { BoundAddress } from "../../../src/runtime/virtual-address/bind.ts";

/** A guardian that says that it listens only when a connection has come, and hands that one over in the same breath. */
const GUARDIAN = `
import { createServer } from "node:net";
process.once("message", ({ host, port, term }) => {
  createServer({ pauseOnConnect: true }, (socket) => {
    process.send({ kind: "held", term });
    process.send({ kind: "connection", term }, socket);
  }).listen(port, host);
});
process.on("disconnect", () => process.exit(0));
`;

const TERM = 1;

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

test.runIf(process.platform === "linux")(
  "an address that is let go while a connection is on its way turns that out, and this process goes on",
  async () => {
    const guardian = join(scratch, "guardian.mjs");
    writeFileSync(guardian, GUARDIAN);
    const [host, port] = [`127.78.${process.pid % 250}.1`, 7400];
    let accepted = 0;
    const gone = new Promise<void>((resolve) => {
      const address = new BoundAddress(
        {
          accept: () => {
            accepted += 1;
          },
          say: () => {},
          give: ({ kind }) => {
            if (kind === "address-taken") address.act({ kind: "address-unwanted", term: TERM });
            else if (kind === "address-gone") resolve();
          },
        },
        guardian,
      );
      onTestFinished(() => address.close());
      const until = performance.now() + 20_000;
      address.act({ kind: "address-wanted", address: `${host}:${port}` as Address, term: TERM, until });
    });
    await turnedOut(host, port);
    await gone;
    expect(accepted).toBe(0);
  },
);

/** Comes in, while this process stands still until all that the guardian says of it waits here; settles when turned out. */
async function turnedOut(host: string, port: number): Promise<void> {
  for (let isIn = false; !isIn; ) {
    isIn = await new Promise((resolve) => {
      const socket = connect({ host, port });
      onTestFinished(() => void socket.destroy());
      let hasComeIn = false;
      // Nobody listens there yet; or it is reset.
      socket.on("error", () => {});
      socket.on("close", () => resolve(hasComeIn));
      socket.on("connect", () => {
        hasComeIn = true;
        standStill(100);
      });
    });
  }
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
