import { expect, test } from "vitest";
import { Store } from "../../../src/apps/store.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { type Answer, MAX_DATA_BYTES } from "../../../src/core/request.ts";
import { checkHistory } from "../../../src/sim/linearizability/checker.ts";
import type { Call, StoreRequest } from "../../../src/sim/linearizability/history.ts";
import { partitionsOf } from "../../../src/sim/linearizability/partitions.ts";
import { Search } from "../../../src/sim/linearizability/search.ts";
import { type Mix, Workload } from "../../../src/sim/linearizability/workload.ts";
import { append, commandOf, create, write } from "../../apps/commands.ts";
import { PlainStore } from "./plain-store.ts";
import { soundHistory, soundWorkload } from "./sound-history.ts";

test.each([
  [1, 8, 0],
  [1, 8, 20],
  [3, 3, 10],
  [3, 16, 5],
  [5, 64, 3],
])(
  "what a sound store of %i files says to %i clients is linearizable, be %i percent of the outcomes unknown",
  (files, clients, unknownPercent) => {
    for (let seed = 1; seed <= 10; seed++) {
      const history = soundWorkload({ seed, calls: 400, clients, files, keys: files, unknownPercent });
      expect(checkHistory(history, { keepVersions: 8 })).toEqual({ kind: "linearizable" });
    }
  },
);

test("the order that is found is one of a store that does one thing after the other, each in its time", () => {
  for (let seed = 1; seed <= 10; seed++) {
    for (const { about, calls, model } of partitionsOf(
      soundWorkload({ seed, files: 3, keys: 3, unknownPercent: 5 }),
      8,
    )) {
      const found = new Search(calls, model(), { steps: 1_000_000 }).find();
      if (found.kind !== "order") expect.fail(`${about}: ${found.kind}`);
      const { order } = found;
      expect(new Set(order).size).toBe(order.length);
      expect(calls.filter(({ answer }) => answer !== null).every((call) => order.includes(call))).toBe(true);
      let latestBegin = 0;
      for (const { began, ended } of order) {
        expect(ended).toBeGreaterThan(latestBegin);
        latestBegin = Math.max(latestBegin, began);
      }
      if (about.startsWith("file")) expectReplays(order);
    }
  }
});

/** Expects the answers, of errors only the codes. */
function expectReplays(order: readonly Call[]): void {
  const store = new PlainStore(8);
  const told = (answer: Answer): unknown => (answer.kind === "error" ? answer.code : answer);
  for (const { request, answer } of order) {
    const replayed = told(store.apply(request));
    if (answer !== null) expect(replayed).toEqual(told(answer));
  }
}

test("what the store itself says is linearizable, also where it is refused for what no file may be", () => {
  const store = new Store();
  let index = 0;
  const apply = (request: StoreRequest): Answer => {
    index += 1;
    if (request.kind === "read" || request.kind === "list" || request.kind === "read-value")
      return store.query(request);
    return store.apply(commandOf(request, { keepVersions: 2 }), index);
  };
  const options = { seed: 1, calls: 2000, clients: 16, keepVersions: 2, unknownPercent: 2 };
  const workload = new Workload(seededRandom(1), { files: 3, keys: 3 });
  const odd = [
    create(""),
    append("line\nend", "x"),
    append("f1", "x".repeat(MAX_DATA_BYTES + 1)),
    write("k1", "v", 2 ** 40),
  ];
  const asking = {
    next: () => odd[index % 50] ?? workload.next(),
    answered: (request: StoreRequest, answer: Answer) => workload.answered(request, answer),
  };
  const history = soundHistory(options, asking, { apply });
  expect(history.length).toBeGreaterThan(1500);
  expect(checkHistory(history, { keepVersions: 2 })).toEqual({ kind: "linearizable" });
});

test("10,000 calls of 16 clients upon 20 names take few steps", () => {
  const some = { seed: 1, calls: 10_000, files: 10, keys: 10 };
  const apart = soundWorkload({ ...some, mix: SINGLE, unknownPercent: 1 });
  expect(checkHistory(apart, { keepVersions: 8, maxSteps: 30_000 })).toEqual({ kind: "linearizable" });
  // With lists all files are one object.
  const together = soundWorkload({ ...some, unknownPercent: 3 });
  expect(checkHistory(together, { keepVersions: 8, maxSteps: 120_000 })).toEqual({ kind: "linearizable" });
});

test("so do those of 64 clients upon one file, whose answers come in the order of the effects", () => {
  const history = soundWorkload({ seed: 1, calls: 3000, clients: 64, files: 1, keys: 1, isInOrder: true });
  expect(checkHistory(history, { keepVersions: 8, maxSteps: 30_000 })).toEqual({ kind: "linearizable" });
});

/** Every request touches one file, or one value. */
const SINGLE: Mix = [
  ["create", 4],
  ["delete", 1],
  ["append", 6],
  ["read", 6],
  ["write", 8],
  ["read-value", 10],
];
