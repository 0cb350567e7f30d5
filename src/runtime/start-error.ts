/** A peer could not start, or could not go on, for a reason that its user can mend. The message is one clear line. */
export class StartError extends Error {
  override readonly name = "StartError";
  /** The system's error code, where there is one. */
  readonly code: string;

  constructor(message: string, code = "") {
    super(message);
    this.code = code;
  }
}
