import type { Mutation } from "./mutant.ts";

const raft = "src/protocols/raft";

/** Bugs that somebody could write, each of which the swarm must find. */
export const mutations: readonly Mutation[] = [
  {
    name: "a vote is not saved",
    file: `${raft}/state.ts`,
    find: "    this.#votedFor = candidate;\n    this.#hardStateChanged = true;",
    replace: "    this.#votedFor = candidate;",
    seeds: 40,
  },
  {
    name: "a term is not saved",
    file: `${raft}/state.ts`,
    find: "    this.#votedFor = null;\n    this.#hardStateChanged = true;",
    replace: "    this.#votedFor = null;",
    seeds: 40,
  },
  {
    name: "messages do not wait for the disk",
    file: "src/peer/peer.ts",
    find: "this.#hold(Math.max(token, after, isHello ? this.#durability.everything : 0), session, () =>",
    replace: "this.#hold(Math.min(0, token, after), session, () =>",
    seeds: 40,
  },
  {
    name: "votes are given without a look at the log",
    file: `${raft}/raft.ts`,
    find: " && this.#state.log.isUpToDate(message.lastLogIndex, message.lastLogTerm)",
    replace: "",
    seeds: 100,
  },
  {
    name: "a second vote in a term",
    file: `${raft}/raft.ts`,
    find: "const isFree = votedFor === null || votedFor === from;",
    replace: "const isFree = true;",
    seeds: 40,
  },
  {
    name: "pre-votes are skipped",
    file: `${raft}/election.ts`,
    find: '    if (campaign.verdict() === "won") {\n      this.stand(because, now);\n      return;\n    }\n    const { term } = campaign;',
    replace:
      "    if (Date.now() > 0) {\n      this.stand(because, now);\n      return;\n    }\n    const { term } = campaign;",
    seeds: 40,
  },
  {
    name: "a half of the voters is a majority",
    file: `${raft}/configuration.ts`,
    find: "return Math.floor(size / 2) + 1;",
    replace: "return Math.max(1, Math.floor(size / 2));",
    seeds: 40,
  },
  {
    name: "a follower acknowledges entries before they are on disk",
    file: `${raft}/following.ts`,
    find: 'state.sendAfterSaves(leader, { kind: "appended", term: currentTerm, round, matchIndex });',
    replace: 'state.send(leader, { kind: "appended", term: currentTerm, round, matchIndex });',
    seeds: 40,
  },
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
    find: "return checksumOf(frame) === frame.readUInt16BE(CHECKSUM_AT);",
    replace: "return frame.length >= CHECKSUM_AT;",
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
    find: "if (crc32(segmentBytes.subarray(offset + 4, end), seed) !== segmentBytes.readUInt32BE(offset)) {",
    replace: "if (end < offset) {",
    seeds: 100,
  },
];
