import type { PeerView } from "../../peer/peer-view.ts";
import { actOf } from "./acts.ts";
import { Cast } from "./cast.ts";
import { Narrator } from "./narrator.ts";
import type { Act, Play, Tolerance } from "./play.ts";
import { oneLine, printStatement } from "./print-script.ts";
import type { Name, Placed, Script } from "./script.ts";
import { Sight } from "./sight.ts";
import type { Stage } from "./stage.ts";

/** How a script is played. */
export interface RunOptions<View = PeerView> {
  /** Is given each line of the story as soon as it is known. */
  readonly listener?: (line: string) => void;
  /** Is given each statement before it is carried out. */
  readonly onStatement?: (statement: Placed<View>) => void;
  /** Whether nothing more is played behind the first failure. */
  readonly stopAtFirst?: boolean;
  /**
   * Whether only expectations can fail: what cannot be done, such as the crash of a peer that does not run, is passed
   * over. For scripts that nobody wrote.
   */
  readonly lenient?: boolean;
  /** Is given the place in the script, from 0, of each statement that was passed over at least in part. */
  readonly onPassedOver?: (index: number) => void;
  /** For a stage that keeps real time; none in virtual time. */
  readonly tolerance?: Tolerance;
}

/** Something that did not come as the script says. */
export interface Failure {
  /** Where its statement stands in the file; null for one of a typed script. */
  readonly line: number | null;
  readonly column: number | null;
  /** The statement, and what was seen instead. */
  readonly text: string;
}

/** What came of a script. */
export interface Outcome {
  /** Whether all came as the script says. */
  readonly ok: boolean;
  readonly failures: readonly Failure[];
  /** Statements, events and how expectations were met, a line each, without marks of where a line ends. */
  readonly story: readonly string[];
  /** On the clock of the stage, ms. */
  readonly tookMs: number;
}

const EXACT: Tolerance = { factor: 1, addedMs: 0 };

/**
 * Plays a script on a stage. What the stage cannot do is found before anything is played.
 *
 * @throws whatever the stage or a closure throws, a broken invariant above all; the listener was given the story so far
 */
export async function runScript<View = PeerView>(
  script: Script<View>,
  stage: Stage<View>,
  options: RunOptions<View> = {},
): Promise<Outcome> {
  const run = new Run(stage, options);
  for (const statement of script) run.ask(statement);
  if (run.failed) return run.outcome;
  for (const [index, statement] of script.entries()) {
    options.onStatement?.(statement);
    if (!(await run.play(statement))) options.onPassedOver?.(index);
    if (run.failed && options.stopAtFirst === true) break;
  }
  return run.outcome;
}

/** One playing of a script. */
class Run<View> implements Play<View> {
  readonly stage: Stage<View>;
  readonly sight: Sight<View>;
  readonly tolerance: Tolerance;
  readonly bound = new Map<Name, Name>();
  mark = 0;
  readonly #listener: (line: string) => void;
  readonly #isLenient: boolean;
  readonly #story: string[] = [];
  readonly #failures: Failure[] = [];
  readonly #narrator: Narrator<View>;

  constructor(stage: Stage<View>, { listener = () => {}, tolerance = EXACT, lenient = false }: RunOptions<View>) {
    this.stage = stage;
    this.sight = new Sight(stage);
    this.tolerance = tolerance;
    this.#listener = listener;
    this.#isLenient = lenient;
    this.#narrator = new Narrator(this.sight, (line) => this.#add(line));
  }

  get failed(): boolean {
    return this.#failures.length > 0;
  }

  get outcome(): Outcome {
    const tookMs = this.sight.scene.now;
    return { ok: !this.failed, failures: this.#failures, story: this.#story, tookMs };
  }

  /** Asks whether a statement can be played here; where it cannot, why not is a failure. */
  ask(statement: Placed<View>): void {
    const reason = this.stage.refuses(statement);
    if (reason !== null) this.#fail(statement, reason);
  }

  /** Whether all of it could be done, or came as expected. */
  async play(statement: Placed<View>): Promise<boolean> {
    const cast = this.cast();
    const act = actOf(statement, cast, this);
    if (statement.kind !== "say") this.tell(`> ${printStatement(statement)}${cast.aside}`);
    const wrong = cast.missing === null ? await this.#carryOut(act) : [cast.missing];
    const mayFail = !this.#isLenient || statement.kind === "expect";
    for (const text of wrong) {
      if (mayFail) this.#fail(statement, text);
      else this.#add(`passed over: ${text}`);
    }
    return wrong.length === 0;
  }

  cast(): Cast<View> {
    return new Cast(this.sight, this.bound);
  }

  tell(line: string): void {
    this.#narrator.listen();
    this.#narrator.finish();
    this.#add(line);
  }

  pass(holds: () => boolean, limitMs: number): Promise<boolean> {
    const watch = () => {
      this.#narrator.listen();
      return holds();
    };
    return this.stage.runUntil(watch, limitMs);
  }

  /** Whatever comes of it, all that was told by then is in the story. */
  async #carryOut(act: Act): Promise<readonly string[]> {
    try {
      return await act();
    } finally {
      this.#narrator.listen();
      this.#narrator.finish();
    }
  }

  #fail(statement: Placed<View>, reason: string): void {
    const { line = null, column = null } = statement;
    const text = `${printStatement(statement)}: ${reason}`;
    this.#failures.push({ line, column, text });
    this.#add(`FAILED${line === null ? "" : ` line ${line}`}: ${text}`);
  }

  #add(text: string): void {
    const line = oneLine(text);
    this.#story.push(line);
    this.#listener(line);
  }
}
