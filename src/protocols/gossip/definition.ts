import { union } from "../../wire/codec.ts";
import { peerGossip } from "../../wire/gossip-message.ts";
import { type Definition, oneFrameType } from "../definition.ts";
import { Gossip } from "./gossip.ts";
import type { GossipSpeech } from "./message.ts";

/** The defaults; `address` is each peer's own. */
export const GOSSIP_DEFAULTS: Omit<GossipSpeech["options"], "address"> = {
  intervalMs: 1000,
  capacity: 256,
  perSource: 32,
  perSubnet: 64,
  pushesPerRound: 16,
  samplers: 32,
  rate: { perSecond: 50, burst: 200 },
};

/** Gossip as the registry holds it: the dialect's bytes in a frame of their own. It keeps nothing on disk. */
export const gossip: Definition<GossipSpeech> = {
  framing: oneFrameType(0x24, peerGossip),
  record: union({}),
  routine: new Set(["exchanged", "id-heard", "program-pulled"]),
  start: (options, _saved, random) => new Gossip(options, random),
};
