import type { Statement } from "../../sim/script/script.ts";

/** Why a statement cannot be played with real processes, in one line; null where it can. */
export function refusalOf(statement: Statement): string | null {
  switch (statement.kind) {
    case "start":
      if (statement.coming.kind !== "look") return null;
      return "live, who looks around would find other peers of this machine: say found, or join and a peer";
    case "link":
      if (!("capacity" in statement.change)) return null;
      return "live, nothing limits how many things pass in a step of time: say bandwidth";
    case "disk":
      return "live, disks are this machine's own";
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
