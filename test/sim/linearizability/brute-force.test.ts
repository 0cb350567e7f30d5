import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import type { Answer, FileOperation } from "../../../src/core/request.ts";
import { checkHistory } from "../../../src/sim/linearizability/checker.ts";
import type { Call, StoreRequest } from "../../../src/sim/linearizability/history.ts";
import { shown, writtenAt } from "../../apps/commands.ts";
import { isLinearizable } from "./brute-force.ts";
import { soundHistory } from "./sound-history.ts";
import { exists, found, historyOf, missing, nothing, type Told } from "./told.ts";

// Few names and texts: the same is written more than once.
const name = fc.constantFrom("f", "g");
const key = fc.constantFrom("k", "l");
const text = fc.constantFrom("a", "b");
const time = fc.nat(3);

const fileOperation: fc.Arbitrary<FileOperation> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("create" as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("append" as const), name, data: text }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const), name }) },
);

const ofFiles: fc.Arbitrary<StoreRequest> = fc.oneof(
  { weight: 6, arbitrary: fileOperation },
  { weight: 1, arbitrary: fc.constant({ kind: "list" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("atomic" as const),
      operations: fc.array(fileOperation, { maxLength: 3 }),
    }),
  },
);

const ofValues: fc.Arbitrary<StoreRequest> = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), key, value: text, time }),
  fc.record({
    kind: fc.constant("read-value" as const),
    key,
    version: fc.option(time.map(String), { freq: 2 }),
    time: fc.option(time, { freq: 2 }),
  }),
);

interface Case {
  readonly history: readonly Call[];
  readonly keepVersions: number;
}

const keepVersions = fc.constantFrom(1, 2, 9);

/** A sound history of few calls, some of which may have exchanged their answers, or when they were. */
function exchangedCases(request: fc.Arbitrary<StoreRequest>, maxCalls: number): fc.Arbitrary<Case> {
  return fc
    .record({
      seed: fc.nat(),
      requests: fc.array(request, { minLength: 1, maxLength: maxCalls }),
      clients: fc.integer({ min: 1, max: 4 }),
      keepVersions,
      unknownPercent: fc.constantFrom(0, 30, 60),
      exchanges: fc.array(fc.tuple(fc.boolean(), fc.nat(), fc.nat()), { maxLength: 2 }),
    })
    .map(({ requests, exchanges, ...clients }) => {
      const left = requests.values();
      const next = (): StoreRequest => left.next().value ?? { kind: "list" };
      const sound = soundHistory({ ...clients, calls: requests.length }, { next });
      const history = exchanges.reduce((calls, exchange) => exchanged(calls, ...exchange), sound);
      return { history, keepVersions: clients.keepVersions };
    });
}

function exchanged(history: readonly Call[], isOfAnswers: boolean, one: number, other: number): readonly Call[] {
  const among = isOfAnswers ? history.filter(({ answer }) => answer !== null) : history;
  const [a, b] = [among[one % among.length], among[other % among.length]];
  if (a === undefined || b === undefined) return history;
  const like = (call: Call, of: Call): Call => {
    if (isOfAnswers) return { ...call, answer: of.answer };
    const { calledAt, returnedAt, began, ended, answer } = of;
    // What has no end has no answer, and what has one keeps its own.
    return { ...call, calledAt, returnedAt, began, ended, answer: answer === null ? null : (call.answer ?? answer) };
  };
  const calls = history.map((call) => (call === a ? like(a, b) : call === b ? like(b, a) : call));
  return calls.sort((x, y) => x.began - y.began);
}

/** A history of few calls, each at any time and with any answer that such a request may have. */
function guessedCases(call: fc.Arbitrary<Guess>, maxCalls: number): fc.Arbitrary<Case> {
  const parts = { calls: fc.array(call, { minLength: 1, maxLength: maxCalls }), seed: fc.nat(), keepVersions };
  return fc.record(parts).map(({ calls, seed, ...kept }) => {
    const random = seededRandom(seed);
    const told = calls.map(([request, answer], client): Told => {
      const from = random.below(2 * maxCalls);
      return [client, from, answer === undefined ? null : random.between(from + 1, from + 8), request, answer];
    });
    return { history: historyOf(told), ...kept };
  });
}

type Guess = readonly [StoreRequest, Answer | undefined];

const content = fc.constantFrom(...["", "a", "b", "ab", "ba", "aa", "bab"].map(shown));

const guessOfFile: fc.Arbitrary<Guess> = fc.oneof(
  guess({ kind: "create", name: "f" }, shown("created f"), shown("created f"), exists, undefined),
  guess({ kind: "delete", name: "f" }, shown("deleted f"), missing, undefined),
  guess({ kind: "append", name: "f", data: "a" }, shown("appended 1 bytes to f"), missing, undefined),
  guess({ kind: "append", name: "f", data: "b" }, shown("appended 1 bytes to f"), missing, undefined),
  fc.tuple(fc.constant({ kind: "read" as const, name: "f" }), fc.oneof(content, content, fc.constant(missing))),
);

const guessOfValue: fc.Arbitrary<Guess> = ofValues.chain((request): fc.Arbitrary<Guess> => {
  const seen = fc.tuple(key, text, time).map((version) => found(...version));
  const answer =
    request.kind === "write"
      ? fc.option(time.map(writtenAt), { nil: undefined })
      : fc.oneof(seen, fc.constant(nothing));
  return fc.tuple(fc.constant(request), answer);
});

function guess(request: StoreRequest, ...answers: readonly (Answer | undefined)[]): fc.Arbitrary<Guess> {
  return fc.tuple(fc.constant(request), fc.constantFrom(...answers));
}

function verdict({ history, keepVersions }: Case): boolean {
  const { kind } = checkHistory(history, { keepVersions });
  expect(kind).not.toBe("unknown");
  return kind === "linearizable";
}

const isUnknown = ({ answer }: Call): boolean => answer === null;

/** Expects the checker to say of each case what trying all orders says, and that there are enough of either kind. */
function compare(cases: fc.Arbitrary<Case>): void {
  const counts = { linearizable: 0, not: 0 };
  fc.assert(
    fc.property(cases, (each) => {
      const expected = isLinearizable(each.history, each.keepVersions);
      counts[expected ? "linearizable" : "not"] += 1;
      // What writes pushed out that nobody has seen, the checker cannot know.
      const isSure = each.keepVersions > each.history.length || !each.history.some(isUnknown);
      if (expected || isSure) expect(verdict(each)).toBe(expected);
    }),
    { numRuns: 1000 },
  );
  expect(Math.min(counts.linearizable, counts.not)).toBeGreaterThan(50);
}

describe("the checker says the same as trying all orders", () => {
  test.each([
    ["files", exchangedCases(ofFiles, 8)],
    ["values", exchangedCases(ofValues, 5)],
    ["a file with any answers", guessedCases(guessOfFile, 5)],
    ["values with any answers", guessedCases(guessOfValue, 4)],
  ])("of %s", (_, cases) => {
    compare(cases);
  });
});
