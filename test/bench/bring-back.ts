import type { Lab, PeerProcess } from "../support/processes.ts";

/**
 * Brings a peer back that this signal has ended or stopped; all peers as they are then, which have yet to settle.
 *
 * @param onStarted is told of a new process
 */
export async function bringBack(
  lab: Lab,
  peers: readonly PeerProcess[],
  victim: PeerProcess,
  signal: "SIGKILL" | "SIGSTOP",
  onStarted: (again: PeerProcess) => void = () => {},
): Promise<readonly PeerProcess[]> {
  if (signal === "SIGSTOP") {
    victim.signal("SIGCONT");
    return peers;
  }
  await victim.exited;
  const again = lab.start(victim.port);
  onStarted(again);
  return peers.map((peer) => (peer === victim ? again : peer));
}
