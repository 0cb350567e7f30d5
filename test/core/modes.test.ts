import { describe, expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import { ensembleHash, flawOf, MAX_ENSEMBLE, type Modes, mayLead, USUAL_MODES } from "../../src/core/modes.ts";

const at = (n: number): Address => `127.0.0.1:${7000 + n}` as Address;
const three = [at(1), at(2), at(3)];
const many = Array.from({ length: MAX_ENSEMBLE + 1 }, (_, n) => at(n));

describe("modes", () => {
  const sound: readonly Partial<Modes>[] = [
    {},
    { mutex: "lease" },
    { broadcast: "zab", ensemble: three },
    { broadcast: "zab", ensemble: three, election: "bully", mutex: "lease" },
    { broadcast: "zab", ensemble: three, election: "fixed", leader: at(2) },
    { broadcast: "none", election: "bully" },
    { broadcast: "none", election: "fixed", leader: at(9) },
    { broadcast: "none" },
  ];
  test.each(sound)("that go together: %j", (modes) => {
    expect(flawOf({ ...USUAL_MODES, ...modes })).toBeNull();
  });

  const flawed: readonly (readonly [Partial<Modes>, RegExp])[] = [
    [{ election: "bully" }, /--broadcast raft goes with --election raft/],
    [{ broadcast: "zab" }, /needs --ensemble/],
    [{ ensemble: three }, /--ensemble goes with --broadcast zab/],
    [{ broadcast: "zab", ensemble: [at(1), at(1)] }, /twice/],
    [{ broadcast: "zab", ensemble: many }, /7 at most/],
    [{ broadcast: "none", election: "fixed" }, /needs --leader/],
    [{ leader: at(1) }, /--leader goes with/],
    [{ broadcast: "zab", ensemble: three, election: "fixed", leader: at(4) }, /one of the --ensemble/],
    [{ broadcast: "none", mutex: "lease" }, /has none/],
  ];
  test.each(flawed)("that do not: %j", (modes, flaw) => {
    expect(flawOf({ ...USUAL_MODES, ...modes })).toMatch(flaw);
  });
});

test("an ensemble's hash is of its members alone, and only they may lead", () => {
  expect(ensembleHash(three)).toMatch(/^[0-9a-f]{16}$/);
  expect(ensembleHash([...three].reverse())).toBe(ensembleHash(three));
  expect(ensembleHash(three.slice(1))).not.toBe(ensembleHash(three));
  expect(ensembleHash([])).toBe("none");
  expect([mayLead(at(1), three), mayLead(at(4), three), mayLead(at(4), [])]).toEqual([true, false, true]);
});
