import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import type { AddressAct } from "../../../src/protocols/office/message.ts";

interface Report {
  readonly kind: string;
  readonly term?: number;
  readonly because?: string;
  readonly line?: string;
}

/** A process that holds an address as a peer would: hold-address.ts. It ends with the test. */
export class PeerProcess {
  readonly address: Address;
  readonly process: ChildProcess;
  readonly #reports: Report[] = [];
  #waiting: (() => void)[] = [];

  private constructor(address: Address, [command = "", ...args]: readonly string[]) {
    this.address = address;
    this.process = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.process.on("message", (report: Report) => {
      this.#reports.push(report);
      for (const look of this.#waiting.splice(0)) look();
    });
    onTestFinished(() => void this.process.kill("SIGKILL"));
  }

  /** @param command what starts it */
  static async start(address: Address, command: readonly string[]): Promise<PeerProcess> {
    const peer = new PeerProcess(address, command);
    await peer.told("ready");
    return peer;
  }

  act(act: AddressAct | { readonly kind: "close" }): void {
    this.process.send(act);
  }

  want(term: number, ms: number): void {
    this.act({ kind: "address-wanted", address: this.address, term, until: ms });
  }

  /** The next report of that kind, those before it let pass. */
  async told(kind: string): Promise<Report> {
    for (;;) {
      const place = this.#reports.findIndex((report) => report.kind === kind);
      const [found] = place < 0 ? [] : this.#reports.splice(0, place + 1).slice(-1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** The processes that it has forked. */
  children(): number[] {
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number)
      .filter((pid) => parentOf(pid) === this.process.pid);
  }
}

/** Settles when all of these processes have ended. */
export async function untilEnded(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => parentOf(pid) !== undefined)) await new Promise((resolve) => setImmediate(resolve));
}

/** The parent of a process; undefined where that has ended, or is a zombie. */
function parentOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ");
    return fields?.[0] === "Z" ? undefined : Number(fields?.[1]);
  } catch {
    return undefined;
  }
}
