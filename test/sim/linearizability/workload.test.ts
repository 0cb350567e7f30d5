import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { filesIn, type StoreRequest } from "../../../src/sim/linearizability/history.ts";
import { type Mix, Workload } from "../../../src/sim/linearizability/workload.ts";
import { write, writtenAt } from "../../apps/commands.ts";

function drawn(seed: number, count = 1000, mix?: Mix): readonly StoreRequest[] {
  const workload = new Workload(seededRandom(seed), { files: 3, keys: 2, prefix: "p", ...(mix && { mix }) });
  let now = 0;
  return Array.from({ length: count }, () => {
    const request = workload.next();
    if (request.kind === "write") now = Math.max(now, request.time) + 1;
    workload.answered(request, writtenAt(now));
    return request;
  });
}

test("a workload is the same of the same seed, and of no other", () => {
  expect(drawn(1)).toEqual(drawn(1));
  expect(drawn(1)).not.toEqual(drawn(2));
});

test("a workload asks for everything, of few names", () => {
  const requests = drawn(1);
  const kinds = new Set(requests.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(["append", "atomic", "create", "delete", "list", "read", "read-value", "write"]);
  expect([...new Set(requests.flatMap(filesIn))].sort()).toEqual(["f1", "f2", "f3"]);
  const keys = requests.flatMap((request) => ("key" in request ? [request.key] : []));
  expect([...new Set(keys)].sort()).toEqual(["k1", "k2"]);
});

test("a workload writes nothing twice", () => {
  const texts = drawn(1).flatMap((request) => {
    if (request.kind === "write") return [request.value];
    const operations = request.kind === "atomic" ? request.operations : [request];
    return operations.flatMap((operation) => (operation.kind === "append" ? [operation.data] : []));
  });
  expect(texts.length).toBeGreaterThan(300);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.every((text) => text.startsWith("p"))).toBe(true);
});

test("a workload reads versions that were written, by name and by time", () => {
  const requests = drawn(1);
  const reads = requests.flatMap((request) => (request.kind === "read-value" ? [request] : []));
  expect(reads.filter(({ version, time }) => version !== null && time === null).length).toBeGreaterThan(20);
  expect(reads.filter(({ version, time }) => version === null && time !== null).length).toBeGreaterThan(20);
  expect(reads.every(({ version, time }) => version === null || time === null)).toBe(true);
  expect(reads.every(({ time }) => time === null || time >= 0)).toBe(true);
});

test("a workload remembers the latest writes, and no more", () => {
  const workload = new Workload(seededRandom(1), { files: 1, keys: 1 });
  for (let time = 1; time <= 100; time++) workload.answered(write("k1", "v"), writtenAt(time));
  const versions = Array.from({ length: 2000 }, () => workload.next()).flatMap((request) => {
    return request.kind === "read-value" && request.version !== null ? [Number(request.version)] : [];
  });
  expect([Math.min(...versions), Math.max(...versions)]).toEqual([69, 100]);
});

test("a workload asks what its mix says, in these proportions", () => {
  const requests = drawn(1, 1000, [
    ["list", 3],
    ["create", 1],
    ["delete", 0],
  ]);
  const lists = requests.filter(({ kind }) => kind === "list").length;
  expect(Math.abs(lists - 750)).toBeLessThan(70);
  expect(requests.every(({ kind }) => kind === "list" || kind === "create")).toBe(true);
  expect(() => drawn(1, 1, [])).toThrow("a mix of no requests");
});
