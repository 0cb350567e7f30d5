import type { Statement } from "../../sim/script/script.ts";

/**
 * Why a statement cannot be played with real processes, in one line; null where it can.
 *
 * @param platform what Node calls this system
 */
export function refusalOf(statement: Statement, platform = process.platform): string | null {
  switch (statement.kind) {
    case "start":
      if (statement.coming.kind === "liar") return "live, there are peers only, and none of them lies";
      if (statement.coming.kind === "critic")
        return "live, there are peers only, and no critics: p2p-node subscribe is one";
      if (statement.coming.kind === "client") return "live, there are peers only: p2p-node client is a client";
      if (statement.coming.kind === "life") return "live, there are peers only: p2p-node life is a program of the pool";
      // Elsewhere one IP address means this machine, and whoever looks around there finds all of its peers.
      if (statement.coming.kind !== "look" || platform === "linux") return null;
      return "live, only Linux has a place where nobody else is found: say found, or join and a peer";
    case "link":
      if ("resendPercent" in statement.change) return "live, the system's own TCP sends again: say loss";
      if (!("capacity" in statement.change)) return null;
      return "live, nothing limits how many things pass in a step of time: say bandwidth";
    case "tune":
      return "live, peers are as they usually are";
    case "expect":
      if (statement.condition.kind !== "served" && statement.condition.kind !== "linearizable") return null;
      return "live, there are no clients of which anything is known";
    case "disk":
      return "live, disks are this machine's own";
    case "worker":
      return "live, peers compute as fast as this machine does";
    case "call":
      return "live, no closure reaches into a process";
    default:
      return null;
  }
}

/** What becomes of a statement that is played in part only; null for any that is played whole. */
export function remarkOn(statement: Statement): string | null {
  if (statement.kind === "seed") return "live, chance does not obey a seed";
  if (statement.kind === "crash" && statement.tear) return "live, a process is killed, but no write is torn";
  return null;
}
