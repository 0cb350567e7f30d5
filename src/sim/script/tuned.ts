import { type Modes, USUAL_MODES } from "../../core/modes.ts";
import type { Tuning } from "../../peer/machine.ts";
import { addressAt } from "../network/address-at.ts";
import type { Script } from "./script.ts";

/** What a script tells all peers to do otherwise than usually, and how they agree with each other. */
export function tunedBy<View>(script: Script<View>): { readonly tuning: Tuning; readonly modes: Modes } {
  let raft: NonNullable<Tuning["raft"]> = {};
  let mutex: NonNullable<Tuning["mutex"]> = {};
  let office: NonNullable<Tuning["office"]> = {};
  let broker: NonNullable<Tuning["broker"]> = {};
  let modes = USUAL_MODES;
  for (const statement of script) {
    if (statement.kind !== "tune") continue;
    const { setting } = statement;
    if ("snapshotBytes" in setting || "reads" in setting) raft = { ...raft, ...setting };
    else if ("leaseMs" in setting) mutex = setting;
    else if ("vip" in setting) office = { address: setting.vip };
    else if ("maxTurnsPerSecond" in setting || "markIntervalMs" in setting) broker = { ...broker, ...setting };
    else if ("ensemble" in setting)
      modes = { ...modes, ensemble: setting.ensemble.map((port) => addressAt(Number(port))) };
    else if ("leader" in setting) modes = { ...modes, leader: addressAt(Number(setting.leader)) };
    else modes = { ...modes, ...setting };
  }
  const { snapshotBytes } = raft;
  const zab = snapshotBytes === undefined ? {} : { snapshotBytes };
  return { tuning: { raft, zab, mutex, office, broker }, modes };
}
