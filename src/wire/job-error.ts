/** Why a request is answered by an ERROR. Numbers are the wire's. */
export const JOB_ERROR = {
  malformed: 1,
  /** Too much is under way: ask again. */
  busy: 2,
  /** Another peer is to be asked: the text is its address. */
  elsewhere: 3,
  /** Nobody is in office, or will be soon. */
  "no-leader": 4,
  "no-job": 5,
  /** It cannot be done at all, such as beyond a limit. */
  refused: 6,
  /** The office was lost while it was under way: it may have happened. */
  "office-lost": 7,
  "timed-out": 8,
} as const;

/** The name of one of those. */
export type JobErrorCode = keyof typeof JOB_ERROR;
