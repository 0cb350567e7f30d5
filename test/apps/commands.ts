import fc from "fast-check";
import type { Answer, FileOperation, Operation, OrderedOperation, Query } from "../../src/core/request.ts";
import type { Command, StateMachine } from "../../src/core/total-order.ts";

/** A command of some operations only. */
export type CommandOf<O extends OrderedOperation> = Command & { readonly operation: O };

/** A command outside of any session that keeps one version, where nothing else is said. */
export function commandOf(operation: OrderedOperation, rest: Partial<Command> = {}): Command {
  return { lamport: 1, keepVersions: 1, salt: 0, once: null, operation, ...rest };
}

export const create = (name: string) => ({ kind: "create", name }) as const;
export const remove = (name: string) => ({ kind: "delete", name }) as const;
export const append = (name: string, data: string) => ({ kind: "append", name, data }) as const;
export const read = (name: string) => ({ kind: "read", name }) as const;
export const atomic = (...operations: FileOperation[]) => ({ kind: "atomic", operations }) as const;
export const write = (key: string, value: string, time = 0) => ({ kind: "write", key, value, time }) as const;
export const openSession = { kind: "open-session" } as const;
export const list = { kind: "list" } as const;

export function readValue(key: string, version: string | null = null, time: number | null = null) {
  return { kind: "read-value", key, version, time } as const;
}

export const shown = (text: string): Answer => ({ kind: "display", text });
export const writtenAt = (time: number): Answer => ({ kind: "written-at", time });

/** What is left of an answer that two builders of it must agree on: of an error, not its message. */
export function gist(answer: Answer): unknown {
  return answer.kind === "error" ? { kind: answer.kind, code: answer.code, definite: answer.definite } : answer;
}

/** Few names, so that they meet; some that no file may have, and one that is long. */
const names = ["a", "b", "ä", "né.txt", "long".repeat(60), "", "line\nend"];
const keys = ["a", "k", "κλειδί", "", "long".repeat(60)];

const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom("a", "b") }, fc.constantFrom(...names));
const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom("a", "k") }, fc.constantFrom(...keys));
const data = fc.oneof(fc.string({ unit: "grapheme", maxLength: 30 }), fc.constantFrom("é".repeat(300), "😀", "\n"));

const change = fc.oneof({ weight: 2, arbitrary: name.map(create) }, name.map(remove), {
  weight: 3,
  arbitrary: fc.tuple(name, data).map(([to, what]) => append(to, what)),
});

const fileOperation: fc.Arbitrary<FileOperation> = fc.oneof({ weight: 4, arbitrary: change }, name.map(read));

const time = fc.oneof(fc.nat(40), fc.constantFrom(0, 2 ** 32, 2 ** 32 + 60, 2 ** 33, 2 ** 53 - 1));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: change },
  { weight: 2, arbitrary: fc.array(fileOperation, { maxLength: 8 }).map((operations) => atomic(...operations)) },
  { weight: 3, arbitrary: fc.tuple(key, data, time).map(([to, value, at]) => write(to, value, at)) },
  fc.constant(openSession),
);

const once = fc.record({ session: fc.integer({ min: 1, max: 12 }), sequence: fc.nat(5) });

/** A command of any kind, of few clients that repeat themselves. */
const command: fc.Arbitrary<CommandOf<Operation>> = fc.record({
  lamport: fc.nat(1000),
  keepVersions: fc.integer({ min: 1, max: 4 }),
  salt: fc.constant(0),
  once: fc.option(once),
  operation,
});

/** What stands in an order: commands, at indexes that grow with gaps. */
export type Order = readonly { readonly index: number; readonly command: CommandOf<Operation> }[];

/** An order of any commands. */
export const order: fc.Arbitrary<Order> = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 2 }), command }), { maxLength: 60, size: "max" })
  .map((all) => {
    let index = 0;
    return all.map((each) => {
      index += each.gap;
      return { index, command: each.command };
    });
  });

/** Every query that an answer could tell something new to, after any order of those above. */
export const queries: readonly Query[] = [
  list,
  ...names.map(read),
  ...keys.flatMap((each) => [
    readValue(each),
    ...[0, 1, 2, 5, 20, 42, 2 ** 32 + 10, 2 ** 52].flatMap((at) => [
      readValue(each, null, at),
      readValue(each, String(at)),
      readValue(each, String(at), 5),
    ]),
    readValue(each, "05"),
    readValue(each, "latest"),
  ]),
  ...Array.from({ length: 12 }, (_, i) => ({ kind: "resume-session", session: i + 1 }) as const),
];

/** Applies an order; what was answered. */
export function applyAll(machine: StateMachine, entries: Order): readonly Answer[] {
  return entries.map(({ index, command: each }) => machine.apply(each, index));
}
