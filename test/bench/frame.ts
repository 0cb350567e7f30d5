import crcOfPackage from "crc/calculators/crc16ccitt";
import { crc16 } from "../../src/wire/crc16.ts";
import { encodeFrame, FrameDecoder, type FrameHeader } from "../../src/wire/frame.ts";
import type { Row } from "./figure.ts";
import type { Group } from "./group.ts";

const HEADER: FrameHeader = { type: 0x20, requestId: 1, imageSize: 0 };
const SAMPLES = 15;
const SAMPLE_NS = 10_000_000;

/** What a frame costs to encode and decode, beside its two checksums alone and beside a plain copy of its payload. */
export const frame: Group = {
  about: "encoding and decoding one frame",
  takes: "3 s",
  measure: async ({ reps }) => [
    ...figuresOf("100 B", 100, reps ?? SAMPLES),
    ...figuresOf("32 KiB", 32_768, reps ?? SAMPLES),
  ],
};

function figuresOf(size: string, payloadBytes: number, rounds: number): Row[] {
  const payload = Buffer.alloc(payloadBytes, 0xa5);
  const encoded = encodeFrame(HEADER, payload);
  const target = Buffer.alloc(payloadBytes);
  const decoder = new FrameDecoder();
  const [both, checksums, packageChecksums, copy] = sampled(rounds, [
    () => decoder.push(encodeFrame(HEADER, payload)).length,
    () => crc16(encoded) ^ crc16(encoded),
    () => crcOfPackage(encoded) ^ crcOfPackage(encoded),
    () => payload.copy(target),
  ]);
  const name = `encode and decode ${size}`;
  return [
    { name, unit: "ns", samples: both, beside: { name: "its two checksums alone", samples: checksums } },
    { name, unit: "ns", samples: both, beside: { name: "a plain copy", samples: copy } },
    {
      name: `two checksums of ${size}`,
      unit: "ns",
      samples: checksums,
      beside: { name: "by the crc package", samples: packageChecksums },
    },
  ];
}

type Each<T> = readonly [T, T, T, T];

/** Nanoseconds a call, of each work; they take turns, so that a busy moment of the machine touches all of them. */
function sampled(rounds: number, works: Each<() => number>): Each<number[]> {
  const calls = works.map(callsForOneSample);
  const samples: Each<number[]> = [[], [], [], []];
  for (let round = 0; round < rounds; round++) {
    for (const [at, work] of works.entries()) {
      const count = calls[at] ?? 1;
      samples[at]?.push(nanosecondsOf(work, count) / count);
    }
  }
  return samples;
}

function callsForOneSample(work: () => number): number {
  let count = 1;
  while (nanosecondsOf(work, count) < SAMPLE_NS) count *= 2;
  return count;
}

function nanosecondsOf(work: () => number, calls: number): number {
  const start = process.hrtime.bigint();
  let sum = 0;
  for (let i = 0; i < calls; i++) sum += work();
  const elapsed = Number(process.hrtime.bigint() - start);
  // The sum is used, so that no work can be left out.
  if (Number.isNaN(sum)) throw new Error("no figure");
  return elapsed;
}
