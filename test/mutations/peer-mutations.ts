import type { Mutation } from "./mutant.ts";

/** Bugs of who is known and how, of clocks, and of bytes on the wire and on disk. */
export const peerMutations: readonly Mutation[] = [
  {
    name: "an older incarnation wins",
    file: "src/protocols/membership/rumour-order.ts",
    find: "return rumour.incarnation > held.incarnation;",
    replace: "return true;",
    seeds: 40,
  },
  {
    name: "an incarnation is forgotten at a restart",
    file: "src/protocols/membership/membership.ts",
    find: 'if (record.kind === "self") incarnation = record.incarnation;',
    replace: 'if (record.kind === "self") incarnation = 0;',
    seeds: 40,
  },
  {
    name: "doubts are not refuted",
    file: "src/protocols/membership/membership.ts",
    find: "    if (outranks(heard, own) || elsewhere) this.#refute(heard, from, now);",
    replace: "    if (elsewhere) this.#refute(heard, from, now);",
    seeds: 100,
  },
  {
    name: "a refutation does not outdo the doubt",
    file: "src/protocols/membership/membership.ts",
    find: "this.#incarnation = Math.min(Math.max(this.#incarnation, heard.incarnation) + 1, MAX_INCARNATION);",
    replace: "this.#incarnation = Math.min(Math.max(this.#incarnation, 1), MAX_INCARNATION);",
    seeds: 100,
  },
  {
    name: "an ACK counts from whatever address it comes",
    file: "src/protocols/health/direct-probes.ts",
    find: "if (probe.address !== from || now >= probe.deadline) return false;",
    replace: "if (now >= probe.deadline) return false;",
    seeds: 40,
  },
  {
    name: "checksums of frames are not looked at",
    file: "src/wire/frame.ts",
    find: "if (isIntact(bytes, start, end)) tell(bytes, start, end);",
    replace: "if (end > start) tell(bytes, start, end);",
    seeds: 40,
  },
  {
    name: "the Lamport time of a message is taken as it is",
    file: "src/core/lamport-clock.ts",
    find: "this.#time = Math.min(Math.max(this.#time, received) + 1, LAST_TIME);",
    replace: "this.#time = Math.min(received + 1, LAST_TIME);",
    seeds: 40,
  },
  {
    name: "the Lamport clock begins anew at a restart",
    file: "src/peer/start.ts",
    find: "ceiling = Math.max(ceiling, entry.record.ceiling);",
    replace: "ceiling = 0;",
    seeds: 40,
  },
  {
    name: "gossip tells on what it has merely heard",
    file: "src/protocols/gossip/gossip.ts",
    find: 'this.#effects.event({ kind: "id-heard", address, from });',
    replace: "this.#verified(address);",
    seeds: 100,
  },
  {
    name: "the checksum of a batch on disk is not looked at",
    file: "src/storage/format.ts",
    find: "if (crc32(segmentBytes.subarray(offset + CHECKSUM_BYTES, end), seed) !== segmentBytes.readUInt32BE(offset)) {",
    replace: "if (end < offset) {",
    seeds: 100,
  },
];
