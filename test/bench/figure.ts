/** What a figure has to come to. */
export interface Goal {
  readonly text: string;
  /** `beside`: the median of what the figure stands beside; NaN where it stands beside nothing. */
  meets(value: number, beside: number): boolean;
}

/** One figure, beside its limit or floor measured in the same run and in the same unit. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  readonly beside?: { readonly name: string; readonly samples: readonly number[] };
  readonly goal?: Goal;
}

export function atMost(limit: number): Goal {
  return { text: `<= ${limit}`, meets: (value) => value <= limit };
}

export function atLeast(limit: number): Goal {
  return { text: `>= ${limit}`, meets: (value) => value >= limit };
}

export function under(limit: number): Goal {
  return { text: `< ${limit}`, meets: (value) => value < limit };
}

/** At least so many times what the figure stands beside. */
export function atLeastTimes(factor: number): Goal {
  return { text: `>= ${factor}x`, meets: (value, beside) => value >= factor * beside };
}

/** At most so many times what the figure stands beside. */
export function atMostTimes(factor: number): Goal {
  return { text: `<= ${factor}x`, meets: (value, beside) => value <= factor * beside };
}

/** Exactly what the figure stands beside, which theory says. */
export function exactly(): Goal {
  return { text: "=", meets: (value, beside) => value === beside };
}

/** Met where either of two goals is. */
export function either(one: Goal, other: Goal): Goal {
  return {
    text: `${one.text} or ${other.text}`,
    meets: (value, beside) => one.meets(value, beside) || other.meets(value, beside),
  };
}

/** The middle sample, of an even number the lower of the two; NaN of none. */
export function median(samples: readonly number[]): number {
  return sorted(samples)[(samples.length - 1) >> 1] ?? Number.NaN;
}

/** The sample that 99 of 100 do not exceed; NaN of none. */
export function p99(samples: readonly number[]): number {
  return sorted(samples)[Math.ceil(samples.length * 0.99) - 1] ?? Number.NaN;
}

/** A group's figures as lines, in columns. */
export function tableOf(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ name, unit, samples, beside, goal }) => [
    name,
    `${summary(samples)} ${unit}`,
    beside === undefined ? "-" : `${summary(beside.samples)} ${beside.name}`,
    beside === undefined ? "-" : `${number(median(samples) / median(beside.samples))}x`,
    goal?.text ?? "-",
    verdict({ samples, beside, goal }),
  ]);
  const table = [["figure", "median (min-max)", "beside it, in the same run", "ratio", "goal", "verdict"], ...cells];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

/** Of the median; where that meets the goal and the worst sample does not, it says so. */
function verdict({ samples, beside, goal }: Pick<Row, "samples"> & { [K in "beside" | "goal"]: Row[K] | undefined }) {
  if (goal === undefined) return "-";
  if (samples.length === 0) return "not measured";
  const floor = median(beside?.samples ?? []);
  if (!goal.meets(median(samples), floor)) return "not met";
  return samples.every((sample) => goal.meets(sample, floor)) ? "met" : "met, but not by the worst";
}

function summary(samples: readonly number[]): string {
  const [lowest] = sorted(samples);
  if (lowest === undefined) return "none";
  if (samples.length === 1) return number(lowest);
  return `${number(median(samples))} (${number(lowest)}-${number(Math.max(...samples))})`;
}

function sorted(samples: readonly number[]): readonly number[] {
  return samples.toSorted((a, b) => a - b);
}

function number(value: number): string {
  if (Number.isNaN(value)) return "?";
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
