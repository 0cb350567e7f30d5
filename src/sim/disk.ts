import type { Random } from "../core/random.ts";
import type { AnyRecord } from "../peer/registry.ts";
export class SimulatedDisk {
  writeMs: readonly [number, number] = [1, 1];
  #around: any;
  #records: AnyRecord[] = [];
  #life = 0;
  size = 0;
  constructor(around: { random: Random; after(ms: number, a: () => void): void }) {
    this.#around = around;
  }
  open() {
    return { kind: "opened", records: this.#records.slice() } as
      | { kind: "opened"; records: AnyRecord[] }
      | { kind: "corrupt"; reason: string };
  }
  append(records: readonly AnyRecord[], token: number, told: { saved(t: number): void; failed(reason: string): void }) {
    const life = this.#life;
    this.#around.after(this.writeMs[0], () => {
      if (this.#life !== life) return;
      this.#records.push(...records);
      told.saved(token);
    });
  }
  compact(_r: readonly AnyRecord[]) {}
  crash(_t = false) {
    this.#life += 1;
  }
}
