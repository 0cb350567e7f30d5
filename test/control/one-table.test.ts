import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PeerDesk, type Steered } from "../../src/control/desk/peer-desk.ts";
import type { Verb } from "../../src/control/grammar.ts";
import { PeerNames } from "../../src/control/peer-names.ts";
import { complete, helpRows, parseLine, verbs } from "../../src/control/verbs.ts";
import { id, picture, told } from "../ui/pictures.ts";
import { WoundClock } from "./desk/wound-clock.ts";

const table = Object.entries<Verb>(verbs);
const all = table.map(([name]) => name);
// Somebody else leads, so that a transfer is refused at once.
const view = picture({ raft: { role: "follower", leader: id(2) } });
const names = new PeerNames(view.self, view.peers);

/** A desk over a picture: nothing that it is told to do happens, and whoever asks the pool is told so at once. */
function desk(): PeerDesk {
  const steered: Steered = {
    view: () => view,
    give: ({ command }) => {
      if (command.kind !== "ask") return;
      const answer = { kind: "error", code: "no-leader", text: "nobody is in office" } as const;
      made.tell(told(1, { kind: "job-answered", request: command.request, answer }));
    },
    leave: () => Promise.resolve(),
    inject: () => {},
    ask: () => Promise.reject(new Error("nobody")),
  };
  const made = new PeerDesk(steered, new WoundClock());
  return made;
}

describe("one table of verbs", () => {
  test("is all that completion, help and parsing know", () => {
    expect(complete("", names)).toEqual(all);
    expect(complete("help ", names)).toEqual(all);
    expect(helpRows(null).map(({ usage }) => usage.split(" ")[0])).toEqual(all);
    for (const name of all) {
      const reading = parseLine(name, names);
      expect(reading.ok ? reading.value.verb : reading.text.split(" ")[0]).toBe(name);
    }
  });

  test("holds every verb that a key stands for", () => {
    for (const [name, { faultKeys }] of table) for (const { line } of faultKeys) expect(line.split(" ")[0]).toBe(name);
  });

  test.each(all)(
    "%s means the same at a desk, by HTTP and by the fault command: none refuses to know it",
    async (name) => {
      const said = await desk().run(name);
      const asked = await desk().answer({ to: null, by: "", line: name });
      expect(asked).toEqual({ ...said, undo: "" });
      expect(said.text).not.toMatch(/no command is called/);
      expect(verbs[name as keyof typeof verbs].doneBy === "screen").toBe(/shown by a screen only/.test(said.text));
    },
  );

  test("is named nowhere else: neither the fault command nor the HTTP door knows a verb by itself", () => {
    for (const path of [
      "src/cli/fault.ts",
      "src/cli/program.ts",
      "src/runtime/http.ts",
      "src/runtime/control-queue.ts",
    ]) {
      const words = readFileSync(path, "utf8").match(/(?<=")[a-z]+(?=")/g) ?? [];
      // Commands of the shell that speak for a program, and are no lines of a palette.
      const others = ["help", "announce", "subscribe", "lock", "life"];
      const own = words.filter((word) => all.includes(word) && !others.includes(word));
      expect(own).toEqual([]);
    }
  });
});
