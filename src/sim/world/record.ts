import type { Facts } from "../../recording/format.ts";
import { Recorder } from "../../recording/recorder.ts";
import type { World } from "./world.ts";

/**
 * Records all that happens to the peers of a world from now on, each under its port. The answer ends the recording.
 *
 * @param write is given its bytes, some 64 KiB at a time
 */
export function recordWorld(world: World, write: (bytes: Uint8Array) => void, facts: Facts): () => void {
  const recorder = new Recorder(write, facts);
  world.observers.push({
    started: (peer, options, records) => recorder.started(peer.port, peer.machine, options, records, peer.now),
    stepped: (peer, input, now, effects) => recorder.stepped(peer.port, input, now, effects),
    failed: (peer, input, now, failure) => recorder.failed(peer.port, input, now, failure),
    ended: (peer) => recorder.ended(peer.port, peer.now),
  });
  return () => recorder.finish();
}
