/** How fast the time of a simulation goes: so many times real time, or as fast as it can. */
export type Speed = number | "max";

/** The speeds that the keys go through, the slowest first. */
export const SPEEDS: readonly Speed[] = [0.1, 0.25, 0.5, 1, 2, 5, 10, 100, "max"];

/** `10x`, `max`: how a speed is said and shown. */
export function speedWord(speed: Speed): string {
  return speed === "max" ? speed : `${speed}x`;
}

/** The next faster of the speeds of the keys, or the next slower one; at their ends the speed itself. */
export function nextSpeed(speed: Speed, by: 1 | -1): Speed {
  const times = timesReal(speed);
  const next =
    by === 1 ? SPEEDS.find((each) => timesReal(each) > times) : SPEEDS.findLast((each) => timesReal(each) < times);
  return next ?? speed;
}

function timesReal(speed: Speed): number {
  return speed === "max" ? Number.POSITIVE_INFINITY : speed;
}
