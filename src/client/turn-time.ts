let time: number | undefined;

/**
 * About now, whole monotonic ms: the same all through one turn of the event loop. To look at the clock costs as much as all else
 * that is done for a deadline, and a number that is not whole takes memory of its own.
 */
export function turnTime(): number {
  if (time === undefined) {
    time = Math.ceil(performance.now());
    setImmediate(() => {
      time = undefined;
    });
  }
  return time;
}
