/** A broken invariant: a bug in this program, never the fault of an input. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/**
 * States what must hold. A live peer exits when it does not; a simulation prints its seed.
 *
 * @throws InvariantViolation with `message` when `condition` is false
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** Marks a branch that the types rule out, so that a new variant of a union does not compile unnoticed. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unreachable: ${JSON.stringify(value)}`);
}
