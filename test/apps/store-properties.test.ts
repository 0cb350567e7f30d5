import fc from "fast-check";
import { expect, it } from "vitest";
import { Store } from "../../src/apps/store.ts";
import { decode, encode } from "../../src/wire/codec.ts";
import { answer as answerCodec } from "../../src/wire/request.ts";
import { someBytes } from "../wire/arbitraries.ts";
import { applyAll, atomic, commandOf, gist, type Order, order, queries, read } from "./commands.ts";
import { Model } from "./model.ts";

/** Small enough that orders fill it now and then. */
const capacity = fc.constantFrom(1500, 3000, 10_000, 2 ** 20);

function storeOf(entries: Order, bytes = 2 ** 20): Store {
  const store = new Store(bytes);
  applyAll(store, entries);
  return store;
}

const answersOf = (machine: Store | Model) => queries.map((query) => gist(machine.query(query)));

it("answers as its rules say, whatever is asked of it", () => {
  fc.assert(
    fc.property(order, capacity, (entries, bytes) => {
      const store = new Store(bytes);
      const model = new Model(bytes);
      for (const { index, command } of entries) {
        expect(gist(store.apply(command, index))).toEqual(gist(model.apply(command, index)));
      }
      expect(answersOf(store)).toEqual(answersOf(model));
    }),
    { numRuns: 300 },
  );
});

it("answers so that every answer has a form on the wire", () => {
  fc.assert(
    fc.property(order, capacity, (entries, bytes) => {
      const store = new Store(bytes);
      for (const answer of [...applyAll(store, entries), ...queries.map((query) => store.query(query))]) {
        expect(decode(answerCodec, encode(answerCodec, answer))).toEqual({ kind: "value", value: answer });
      }
    }),
  );
});

it("goes on from a snapshot, taken at any point, as if nothing had been", () => {
  fc.assert(
    fc.property(order, fc.nat(60), capacity, order, (entries, place, bytes, history) => {
      const store = storeOf(entries.slice(0, place), bytes);
      const copy = storeOf(history);
      const snapshot = store.snapshot();
      expect(new Store(bytes).restore(snapshot)).toBe(true);
      const restored = new Store(bytes);
      expect(restored.restore(snapshot) && copy.restore(snapshot)).toBe(true);
      expect(restored.snapshot()).toEqual(snapshot);
      expect(restored.view()).toEqual(store.view());
      const rest = entries.slice(place);
      expect(applyAll(restored, rest)).toEqual(applyAll(store, rest));
      expect(answersOf(restored)).toEqual(answersOf(store));
      expect(restored.snapshot()).toEqual(store.snapshot());
    }),
  );
});

it("is the same on all peers, whoever reads of it or looks at it in between", () => {
  fc.assert(
    fc.property(order, (entries) => {
      const one = new Store();
      const other = new Store();
      for (const { index, command } of entries) {
        expect(other.apply(command, index)).toEqual(one.apply(command, index));
        answersOf(other);
        other.view();
        expect(other.snapshot()).toEqual(one.snapshot());
      }
    }),
    { numRuns: 20 },
  );
});

it("does nothing at all where it answers with an error", () => {
  fc.assert(
    fc.property(order, capacity, (entries, bytes) => {
      const store = new Store(bytes);
      for (const { index, command } of entries) {
        const before = store.snapshot();
        const view = store.view();
        const answer = store.apply({ ...command, once: null }, index);
        if (answer.kind !== "error") continue;
        expect(store.snapshot()).toEqual(before);
        expect(store.view()).toEqual(view);
      }
    }),
  );
});

it("takes a list back whole, wherever in it the failure is", () => {
  fc.assert(
    fc.property(order, order, (entries, more) => {
      const store = storeOf(entries);
      const operations = more.flatMap(({ command: { operation } }) => {
        if (operation.kind === "atomic") return operation.operations;
        return operation.kind === "write" || operation.kind === "open-session" ? [] : [operation];
      });
      // Only those that succeed on their own, so that the last one is what fails.
      const shadow = new Store();
      shadow.restore(store.snapshot());
      const good = operations.filter((each) => shadow.apply(commandOf(atomic(each)), 999).kind === "display");
      const before = store.snapshot();
      const view = store.view();
      const failing = commandOf(atomic(...good, read("nowhere")));
      expect(store.apply(failing, 1000)).toMatchObject({ kind: "error", code: "not-found", definite: true });
      expect(store.snapshot()).toEqual(before);
      expect(store.view()).toEqual(view);
      expect(store.apply(commandOf(atomic(...good)), 999).kind).toBe("display");
      expect(store.view().files).toEqual(shadow.view().files);
    }),
  );
});

it("refuses every truncation of a snapshot, and a byte too many, and stays as it was", () => {
  fc.assert(
    fc.property(order, order, (entries, others) => {
      const snapshot = storeOf(entries).snapshot();
      const store = storeOf(others);
      const before = store.snapshot();
      for (let length = 0; length < snapshot.length; length++) {
        expect(store.restore(snapshot.subarray(0, length))).toBe(false);
      }
      expect(store.restore(Buffer.concat([snapshot, Buffer.alloc(1)]))).toBe(false);
      expect(store.snapshot()).toEqual(before);
    }),
    { numRuns: 10 },
  );
});

it("takes of a damaged snapshot what is one, byte by byte, or nothing", () => {
  const damage = fc.record({ at: fc.nat(), cut: fc.nat(3), put: someBytes(3) });
  fc.assert(
    fc.property(order, fc.array(damage, { minLength: 1, maxLength: 20 }), (entries, damages) => {
      const snapshot = Buffer.from(storeOf(entries).snapshot());
      for (const { at, cut, put } of damages) {
        const place = at % snapshot.length;
        const damaged = Buffer.concat([snapshot.subarray(0, place), put, snapshot.subarray(place + cut)]);
        const store = new Store();
        const blank = store.snapshot();
        expect(store.restore(damaged) ? damaged : blank).toEqual(store.snapshot());
      }
    }),
    { numRuns: 300 },
  );
});
