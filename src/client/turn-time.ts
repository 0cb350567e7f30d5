let time: number | undefined;

/**
 * About now, monotonic ms: the same all through one turn of the event loop. To look at the clock costs as much as all else that is
 * done for a deadline.
 */
export function turnTime(): number {
  if (time === undefined) {
    time = performance.now();
    setImmediate(() => {
      time = undefined;
    });
  }
  return time;
}
