import { type Argument, type VerbTable, verb, verbNamed, wrong } from "./grammar.ts";

/**
 * What a screen shows by itself.
 *
 * @param table every verb that can be said where these are, asked for when one is looked up
 */
export function screenVerbs(table: () => VerbTable) {
  return {
    table: verb({
      arguments: {},
      help: "show the network table",
      keyless: "the panel of peers shows most of it",
      doneBy: "screen",
      inverse: { none: "it changes nothing" },
    }),
    help: verb({
      arguments: { about: nameIn(table) },
      help: "show keys and commands, or one command",
      keyless: "? is a key of the screen",
      doneBy: "screen",
      inverse: { none: "it changes nothing" },
    }),
  };
}

/** The name of a verb. */
function nameIn(table: () => VerbTable): Argument<string> {
  return {
    shape: "COMMAND",
    optional: true,
    read: (word) => {
      const name = verbNamed(table(), word);
      return name === undefined
        ? wrong(`no command is called ${word}: say ${Object.keys(table()).join(", ")}`)
        : { ok: true, value: name };
    },
    offers: () => Object.keys(table()),
  };
}
