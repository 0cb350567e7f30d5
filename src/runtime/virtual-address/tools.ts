import { execFile } from "node:child_process";

/** A program of the system and what it is told. */
export interface Invocation {
  readonly tool: "ip" | "arping" | "sysctl";
  readonly args: readonly string[];
  /** Whether it only looks. */
  readonly isQuery?: boolean;
  /** Whether the same was run a moment before. */
  readonly isRepeated?: boolean;
  /** It is ended when it takes longer, ms. */
  readonly timeoutMs?: number;
}

/** What became of it. */
export interface Outcome {
  /** Its exit code; null where it did not come to its end. */
  readonly code: number | null;
  readonly stdout: string;
  /** Why it failed, as one line; empty where it did not. */
  readonly failure: string;
}

/** Runs programs of the system, or only says what it would run. */
export interface Tools {
  /** Whether nothing is changed. */
  readonly isDry: boolean;
  run(invocation: Invocation): Promise<Outcome>;
  /** Ends what runs. */
  close(): void;
}

const TIMEOUT_MS = 3000;
const MAX_OUTPUT_BYTES = 65_536;

/** Where the programs are to be had. */
const PACKAGES = { ip: "iproute2", arping: "iputils-arping", sysctl: "procps" } as const;

/** The programs of this system. */
export class SystemTools implements Tools {
  readonly isDry = false;
  readonly #ending = new AbortController();

  run({ tool, args, timeoutMs = TIMEOUT_MS }: Invocation): Promise<Outcome> {
    const { signal } = this.#ending;
    return new Promise((resolve) => {
      execFile(
        tool,
        args,
        {
          timeout: timeoutMs,
          killSignal: "SIGKILL",
          signal,
          maxBuffer: MAX_OUTPUT_BYTES,
          env: { ...process.env, LC_ALL: "C" },
        },
        (error, stdout, stderr) => {
          if (error === null) return resolve({ code: 0, stdout, failure: "" });
          const code = typeof error.code === "number" ? error.code : null;
          const why = error.killed === true ? `took more than ${timeoutMs} ms` : reason(tool, error.code, stderr);
          return resolve({ code, stdout, failure: `${tool} ${args.join(" ")}: ${why}` });
        },
      );
    });
  }

  close(): void {
    this.#ending.abort();
  }
}

function reason(tool: Invocation["tool"], code: unknown, stderr: string): string {
  if (code === "ENOENT") return `this system does not have it: install ${PACKAGES[tool]}`;
  if (/not permitted|must be run as root/i.test(stderr))
    return "this user may not: run as root, or with CAP_NET_ADMIN and CAP_NET_RAW";
  return stderr.trim().split("\n")[0] || `failed with ${String(code)}`;
}
