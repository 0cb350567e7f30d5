import type { Clockwork } from "../control/desk/clockwork.ts";

/** The clock and the timers of this machine. */
export const realClockwork: Clockwork = {
  now: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
