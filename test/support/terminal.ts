import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import stringWidth from "string-width";
import { cleanEnvironment, PROGRAM } from "./processes.ts";

const run = promisify(execFile);

/** How often the screen is looked at. */
const LOOK_MS = 25;

/** The size of a terminal and what its program finds in its environment. */
export interface TerminalOptions {
  /** 120x40 unless said otherwise. */
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A command on a terminal of its own: tmux on a private socket. When the command ends, its exit code stands below what
 * the terminal showed before, as `[exit 0]`, and the terminal stays open.
 */
export class Terminal {
  readonly #directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
  readonly #env: NodeJS.ProcessEnv;

  private constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  /** Opens a terminal and starts the command in it. */
  static async open(command: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
    const { columns = 120, rows = 40, env } = options;
    const terminal = new Terminal({ ...cleanEnvironment(), LANG: "C.UTF-8", SHELL: "/bin/sh", ...env });
    // The file with the process id is there exactly as long as the command runs.
    const pidFile = quote(terminal.#pidFile);
    const line =
      `sh -c 'echo $$ >"$0"; exec "$@"' ${pidFile} ${command.map(quote).join(" ")}; ` +
      `code=$?; rm -f ${pidFile}; printf '\\r\\n\\033[K[exit %s]\\r\\n' "$code"; exec sleep 600`;
    const size = ["-x", String(columns), "-y", String(rows)];
    const log = ["pipe-pane", "-O", `exec cat >${quote(terminal.#log)}`];
    await terminal.#tmux("-f", "/dev/null", "new-session", "-d", ...size, line, ";", ...log);
    return terminal;
  }

  /** What is on the screen, a line a row, without blanks at the ends. */
  async screen(): Promise<string> {
    return this.#tmux("capture-pane", "-p");
  }

  /** What is on the screen, with the escape sequences of its colours. */
  async styled(): Promise<string> {
    return this.#tmux("capture-pane", "-p", "-e");
  }

  /** Everything that was written to the terminal so far, escape sequences included. */
  written(): string {
    return readFileSync(this.#log, "utf8");
  }

  /** Presses keys: single characters, words as if typed, or names such as `Enter`, `Escape`, `Up`, `C-c`. */
  async keys(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** Looks until the screen fits, and gives it; rejects with the screen when it does not in time. */
  async until(fits: RegExp | ((screen: string) => boolean), what: string, limitMs = 15_000): Promise<string> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const screen = await this.screen();
      if (typeof fits === "function" ? fits(screen) : fits.test(screen)) return screen;
      if (performance.now() > deadline) throw new Error(`no ${what} within ${limitMs} ms on this screen:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** The exit code of the command, once it has ended. */
  async exitCode(limitMs = 15_000): Promise<number> {
    const screen = await this.until(/^\[exit \d+\]$/m, "end of the command", limitMs);
    return Number(/^\[exit (\d+)\]$/m.exec(screen)?.[1]);
  }

  async cursorVisible(): Promise<boolean> {
    return (await this.#told("cursor_flag")) === "1";
  }

  /** Whether the alternate screen is shown. */
  async alternateScreen(): Promise<boolean> {
    return (await this.#told("alternate_on")) === "1";
  }

  /** Of the pane. */
  async title(): Promise<string> {
    return this.#told("pane_title");
  }

  /** The process id of the command; null when it does not run. */
  get pid(): number | null {
    return this.#pid();
  }

  /** Sends a signal to the command itself. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#pid();
    if (pid !== null) process.kill(pid, signal);
  }

  /** Ends the terminal and the command in it; settles when both are gone. Doing it again does nothing. */
  async close(): Promise<void> {
    const pid = this.#pid();
    // A stopped process takes a kill, but would first have to go on for anything gentler.
    this.signal("SIGKILL");
    await this.#tmux("kill-server").catch(() => {});
    const deadline = performance.now() + 5000;
    while (pid !== null && isRunning(pid)) {
      if (performance.now() > deadline) throw new Error(`process ${pid} outlives its terminal`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #pidFile(): string {
    return join(this.#directory, "pid");
  }

  get #log(): string {
    return join(this.#directory, "written");
  }

  /** Null when the command does not run. */
  #pid(): number | null {
    try {
      return Number(readFileSync(this.#pidFile, "utf8")) || null;
    } catch {
      return null;
    }
  }

  async #told(format: string): Promise<string> {
    return (await this.#tmux("display-message", "-p", `#{${format}}`)).trimEnd();
  }

  async #tmux(...words: string[]): Promise<string> {
    const { stdout } = await run("tmux", ["-S", join(this.#directory, "tmux"), ...words], {
      env: this.#env,
      timeout: 10_000,
    });
    return stdout;
  }
}

/** Opens the program's terminal UI. */
export function openPeer(port: number, flags: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
  return Terminal.open([process.execPath, PROGRAM, "--port", String(port), ...flags], options);
}

/** The lines that a program addressed one by one (`ESC [ row ; 1 H`): for each its row and how many columns it takes. */
export function addressedLines(written: string): readonly { readonly row: number; readonly width: number }[] {
  return [...written.matchAll(ADDRESSED)].map(([, row, text = ""]) => ({ row: Number(row), width: stringWidth(text) }));
}

const ADDRESSED = /\x1b\[(\d+);1H((?:\x1b\[[\d;]*m|[^\x1b])*)/g;

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
