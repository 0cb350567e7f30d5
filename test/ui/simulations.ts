import type { SimulatedPeerRow, SimulationPicture } from "../../src/control/desk/simulation-desk.ts";
import { at, id } from "./pictures.ts";

/** A peer of a simulation, which runs, but for what is said; the first one is watched. */
export function simulatedPeer(n: number, changed: Partial<SimulatedPeerRow> = {}): SimulatedPeerRow {
  return {
    id: id(n),
    name: "",
    address: at(n),
    label: String(7000 + n),
    condition: "running",
    isWatched: n === 1,
    ...changed,
  };
}

/** A simulation of five at real speed whose script has just begun, but for what is said. */
export function simulation(said: Partial<SimulationPicture> = {}): SimulationPicture {
  return {
    nowMs: 12_412,
    speed: 1,
    isHalted: false,
    peers: [1, 2, 3, 4, 5].map((n) => simulatedPeer(n)),
    line: "> crash 7001",
    said: null,
    outcome: null,
    ...said,
  };
}
