/**
 * Explores what is asked for, and prints how far it went: states, steps, depth, seconds. Run from a build that has opened
 * the private fields of machines.
 *
 *   npm run explore [-- PROTOCOL [NAME...] [--json]]
 */
import { parseArgs } from "node:util";
import type { Survey } from "../../src/sim/exploration/explore.ts";
import { raftExpeditions } from "./raft.ts";
import { zabExpeditions } from "./zab.ts";

const protocols: Readonly<Record<string, Readonly<Record<string, () => Survey>>>> = {
  raft: raftExpeditions,
  zab: zabExpeditions,
};

/** These have more states than were ever seen to the end, so they are explored only when named. */
const LONG: ReadonlySet<string> = new Set(["crash", "disks", "all"]);

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean" } } });
const [protocol, ...names] = positionals;

const chosen = Object.entries(protocols).filter(([name]) => protocol === undefined || protocol === name);
const expeditions = chosen.flatMap(([of, each]) => Object.entries(each).map(([name, run]) => ({ of, name, run })));
const asked = expeditions.filter(({ name }) => (names.length === 0 ? !LONG.has(name) : names.includes(name)));
const unknown = names.find((name) => !asked.some((each) => each.name === name));

if (asked.length === 0 || unknown !== undefined) {
  const known = expeditions.map(({ of, name }) => `${of} ${name}`).join(", ") || Object.keys(protocols).join(", ");
  process.stderr.write(`explore: nothing is called ${unknown ?? protocol}; there is ${known}\n`);
  process.exitCode = 2;
} else for (const { of, name, run } of asked) if (report(`${of} ${name}`, run).flaw !== null) process.exitCode = 1;

function report(title: string, run: () => Survey): Survey {
  const started = performance.now();
  const survey = run();
  const seconds = (performance.now() - started) / 1000;
  if (values.json) process.stdout.write(`${JSON.stringify(survey)}\n`);
  else
    process.stdout.write(
      `${[`${title}: ${counts(survey)}, ${seconds.toFixed(1)} s`, ...details(survey)].join("\n")}\n`,
    );
  return survey;
}

function counts({ states, steps, depth, standings }: Survey): string {
  return `${states} states, ${steps} transitions, depth ${depth}, ${standings} standings of single peers`;
}

function details({ landmarks, flaw }: Survey): readonly string[] {
  const reached = Object.entries(landmarks).map(([name, states]) => `  ${name}: in ${states} states`);
  return flaw === null ? reached : [...reached, `  FLAW ${flaw.text}`, ...flaw.path.map((step) => `    ${step}`)];
}
