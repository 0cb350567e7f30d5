import { type Invocation, type Outcome, SystemTools, type Tools } from "./tools.ts";

/** Says what it would run; only what looks is run. */
export class DryTools implements Tools {
  readonly isDry = true;
  readonly #say: (line: string) => void;
  readonly #system = new SystemTools();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  async run(invocation: Invocation): Promise<Outcome> {
    if (invocation.isRepeated !== true) this.#say([invocation.tool, ...invocation.args].join(" "));
    return invocation.isQuery === true ? this.#system.run(invocation) : { code: 0, stdout: "", failure: "" };
  }

  close(): void {
    this.#system.close();
  }
}
