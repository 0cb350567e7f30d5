import { freePorts } from "../support/free-ports.ts";
import { openPeer, type Terminal } from "../support/terminal.ts";
import { atMost, p99, type Row } from "./figure.ts";
import { type Group, linuxOnly } from "./group.ts";

const ROUNDS = 30;

/** From a key to what it shows in its own window, and to what it does in another. */
export const keys: Group = {
  about: "from a key pressed in tmux until the screen shows it, tmux and the looking included; a sample a key",
  takes: "20 s",
  missing: linuxOnly,
  measure: async ({ reps, note, onEnd }) => {
    // In this order, for the rows of the peers are by port and one step down is the other.
    const [port = 0, other = 0] = (await freePorts(2)).toSorted((a, b) => a - b);
    const flags = ["--data-dir", "none"];
    const here = await openPeer(port, [...flags, "--found"]);
    onEnd(() => here.close());
    await here.until(/LEADER/, "leader");
    const there = await openPeer(other, [...flags, "--join", `127.0.0.1:${port}`]);
    onEnd(() => there.close());
    await here.until(new RegExp(`${other}.*healthy`), "the other peer", 30_000);
    await here.keys("j");
    const rounds = reps ?? ROUNDS;

    note("key to screen");
    const shown = await sampled(rounds, here, [
      ["Tab", here, /\[2 Gossip\]/],
      ["BTab", here, /\[1 Peers\]/],
    ]);
    note("key to another window");
    const felt = await sampled(rounds, here, [
      ["fi", there, /!! 1 FAULT/],
      ["u", there, (screen) => !screen.includes("FAULT:")],
    ]);
    return [
      { name: "key to screen", unit: "ms", samples: shown },
      { name: "key to screen, p99", unit: "ms", samples: [p99(shown)], goal: atMost(100) },
      { name: "key to effect in another window", unit: "ms", samples: felt },
      { name: "key to effect in another window, p99", unit: "ms", samples: [p99(felt)], goal: atMost(100) },
    ] satisfies Row[];
  },
};

type Press = readonly [keys: string, where: Terminal, fits: RegExp | ((screen: string) => boolean)];

async function sampled(rounds: number, at: Terminal, presses: readonly Press[]): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [pressed, where, fits] of presses) {
      const started = performance.now();
      await at.keys(...(pressed.length > 1 && pressed.startsWith("f") ? [...pressed] : [pressed]));
      await where.until(fits, `the effect of ${pressed}`);
      samples.push(performance.now() - started);
    }
  }
  return samples;
}
