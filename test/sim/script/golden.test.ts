import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectGolden } from "./golden.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "golden-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const story = ["> mark", "> heal", "ok: leader 7001"];

function compare(now: readonly string[]): void {
  expectGolden("short", now, { folder, update: false });
}

test("a story that was written compares as the same", () => {
  expectGolden("short", story, { folder, update: true });
  expect(readFileSync(join(folder, "short.golden"), "utf8")).toBe("> mark\n> heal\nok: leader 7001\n");
  expect(() => compare(story)).not.toThrow();
});

test.each([
  ["another line", ["> mark", "> heal", "ok: leader 7002"], "golden: ok: leader 7001\n  now:    ok: leader 7002"],
  ["fewer lines", ["> mark", "> heal"], "golden: ok: leader 7001\n  now:    (the end)"],
  ["more lines", [...story, "> mark"], "golden: (the end)\n  now:    > mark"],
])("%s is shown where it differs", (_name, now, shown) => {
  expectGolden("short", story, { folder, update: true });
  expect(() => compare(now)).toThrow(`  both:   > heal\n`);
  expect(() => compare(now)).toThrow(shown);
});

test("a missing file says how it is written", () => {
  expect(() => compare(story)).toThrow(/short\.golden is missing\. Write it: UPDATE_GOLDEN=1 npx vitest run/);
});
