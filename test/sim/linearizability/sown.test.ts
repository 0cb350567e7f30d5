import { describe, expect, test } from "vitest";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import type { Answer } from "../../../src/core/request.ts";
import { checkHistory } from "../../../src/sim/linearizability/checker.ts";
import type { Call } from "../../../src/sim/linearizability/history.ts";
import type { Mix } from "../../../src/sim/linearizability/workload.ts";
import { soundWorkload } from "./sound-history.ts";

/** Without deletes what is once in a file stays there, so that each of the bugs below is one for certain. */
const KEPT: Mix = [
  ["create", 2],
  ["append", 6],
  ["read", 6],
  ["list", 1],
  ["write", 8],
  ["read-value", 10],
];

type Bug = (history: readonly Call[], random: Random) => readonly Call[] | undefined;

/** A read of a file, with what it read. */
interface Read {
  readonly call: Call;
  readonly name: string;
  readonly content: string;
}

/** A write, or a read of the latest version, with the version. */
interface Seen {
  readonly call: Call;
  readonly key: string;
  readonly value: string;
  readonly time: number;
}

const bugs: Readonly<Record<string, Bug>> = {
  "a read of what nobody wrote": (history, random) => {
    const [one] = sample(random, reads(history), 1);
    return one && answered(history, one.call, content(`${one.content}?`));
  },
  "an append that is there twice": (history, random) => {
    const [one] = sample(random, reads(history).filter(hasText), 1);
    const piece = one?.content.match(/\d+;/)?.[0];
    if (piece === undefined) return undefined;
    return history.map((call) => {
      if (call.request.kind !== "read" || call.answer?.kind !== "display") return call;
      return { ...call, answer: content(call.answer.text.replace(piece, piece + piece)) };
    });
  },
  "an acknowledged append that is lost": (history, random) => {
    const lost = sample(random, appends(history), history.length).find(({ call, data }) =>
      reads(history).some((read) => read.call.began > call.ended && read.content.includes(data)),
    );
    if (lost === undefined) return undefined;
    return history.map((call) => {
      if (call.request.kind !== "read" || call.answer?.kind !== "display") return call;
      return { ...call, answer: content(call.answer.text.replace(lost.data, "")) };
    });
  },
  "two reads that see a file grow backwards": (history, random) => {
    const all = reads(history).filter(hasText);
    for (const early of sample(random, all, all.length)) {
      const late = all.find(({ call, name, content }) => {
        return name === early.name && call.began > early.call.ended && content !== early.content;
      });
      if (late === undefined) continue;
      return answered(answered(history, early.call, content(late.content)), late.call, content(early.content));
    }
    return undefined;
  },
  "a file that is created twice": (history, random) => {
    const refused = history.filter(({ request, answer }) => request.kind === "create" && answer?.kind === "error");
    const [one] = sample(random, refused, 1);
    return one?.request.kind === "create" ? answered(history, one, content(`created ${one.request.name}`)) : undefined;
  },
  "a stale read of a value": (history, random) => {
    const latest = seen(history).filter(({ call }) => call.request.kind === "read-value");
    for (const { call, key, time } of sample(random, latest, latest.length)) {
      const older = seen(history).find((other) => {
        return other.key === key && other.call.request.kind === "write" && other.time < time;
      });
      const newer = seen(history).find((other) => {
        return other.key === key && other.call.ended < call.began && other.time > (older?.time ?? time);
      });
      if (older === undefined || newer === undefined) continue;
      return answered(history, call, version(older));
    }
    return undefined;
  },
  "an acknowledged write that is lost": (history, random) => {
    const latest = seen(history).filter(({ call }) => call.request.kind === "read-value");
    const one = sample(random, latest, latest.length).find(({ call, key }) =>
      seen(history).some((other) => other.key === key && other.call.ended < call.began),
    );
    return one && answered(history, one.call, { kind: "value", found: null });
  },
  "two leaders that give one time": (history, random) => {
    const writes = seen(history).filter(({ call }) => call.request.kind === "write");
    const [one, other] = sample(random, writes, 2);
    return one && other && answered(history, one.call, { kind: "written-at", time: other.time });
  },
  "a clock that goes back": (history, random) => {
    const writes = seen(history).filter(({ call }) => call.request.kind === "write");
    for (const early of sample(random, writes, writes.length)) {
      const late = writes.find(({ call, key }) => call.began > early.call.ended && key !== early.key);
      if (late === undefined || early.time === 1) continue;
      return answered(history, late.call, { kind: "written-at", time: early.time - 1 });
    }
    return undefined;
  },
};

function reads(history: readonly Call[]): readonly Read[] {
  return history.flatMap((call) => {
    const { request, answer } = call;
    if (request.kind !== "read" || answer?.kind !== "display") return [];
    return [{ call, name: request.name, content: answer.text }];
  });
}

function appends(history: readonly Call[]): readonly { readonly call: Call; readonly data: string }[] {
  return history.flatMap((call) => {
    const { request, answer } = call;
    return request.kind === "append" && answer?.kind === "display" ? [{ call, data: request.data }] : [];
  });
}

function seen(history: readonly Call[]): readonly Seen[] {
  return history.flatMap((call): readonly Seen[] => {
    const { request, answer } = call;
    if (request.kind === "write" && answer?.kind === "written-at") {
      return [{ call, key: request.key, value: request.value, time: answer.time }];
    }
    if (request.kind !== "read-value" || request.version !== null || request.time !== null) return [];
    if (answer?.kind !== "value" || answer.found === null) return [];
    return [{ call, key: request.key, value: answer.found.value, time: answer.found.writtenAt }];
  });
}

function hasText({ content }: Read): boolean {
  return content !== "";
}

function content(text: string): Answer {
  return { kind: "display", text };
}

function version({ key, value, time }: Seen): Answer {
  return { kind: "value", found: { key, value, writtenAt: time } };
}

function answered(history: readonly Call[], call: Call, answer: Answer): readonly Call[] {
  return history.map((each) => (each === call ? { ...each, answer } : each));
}

describe("in a history of 16 clients is found", () => {
  test.each(Object.entries(bugs))("%s", (_, sow) => {
    for (let seed = 1; seed <= 10; seed++) {
      const history = soundWorkload({ seed, calls: 600, files: 3, keys: 3, mix: KEPT, unknownPercent: 2 * (seed % 3) });
      expect(checkHistory(history, { keepVersions: 8 })).toEqual({ kind: "linearizable" });
      const spoilt = sow(history, seededRandom(seed));
      if (spoilt === undefined) expect.fail(`seed ${seed} gives no place for the bug`);
      expect(checkHistory(spoilt, { keepVersions: 8 }).kind).toBe("not-linearizable");
    }
  });
});
