import type { Line, PeerProcess } from "../support/processes.ts";

/**
 * Reads the lines of these peers as they come until `isEnough` says so of one of them; the instant, on this process's
 * `performance.now()`. Rejects when it does not come in time.
 */
export function follow(
  peers: readonly PeerProcess[],
  what: string,
  isEnough: (line: Line, peer: PeerProcess) => boolean,
  limitMs = 20_000,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const ends = peers.map((peer) =>
      peer.onLine((line) => {
        if (isEnough(line, peer)) end(() => resolve(performance.now()));
      }),
    );
    const timer = setTimeout(() => end(() => reject(new Error(`no ${what} within ${limitMs} ms`))), limitMs);
    const end = (act: () => void): void => {
      clearTimeout(timer);
      for (const unfollow of ends) unfollow();
      act();
    };
  });
}
