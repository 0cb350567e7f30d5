/** What a HELLO says that decides between two connections. */
export interface Stamp {
  readonly incarnation: number;
  /** Its tag `dials`; 0 where it has none. */
  readonly dials: number;
}

/** A connection on which both HELLOs were said: all that both sides know of it. */
export interface Contender {
  readonly dialledBy: "us" | "them";
  readonly ours: Stamp;
  readonly theirs: Stamp;
}

/**
 * Which of two connections between the same two peers survives. Both sides hold the same facts, so both give the same
 * verdict, whatever the order in which they learn of the connections. In this order:
 *
 * 1. The greater sum of the two incarnations: the other one belongs to an earlier life of one of the two.
 * 2. The one that was dialled after its dialler had said HELLO on the other one: nobody dials a peer to which it holds
 *    a link, so its dialler has lost the other one. Of two by the same dialler this is the later one.
 * 3. They crossed: the one that the smaller peer ID dialled (wire document, section 3.1).
 *
 * @param smaller whether our peer ID is smaller than theirs
 * @returns whether `newcomer` survives and `holder` goes
 */
export function outranks(newcomer: Contender, holder: Contender, smaller: boolean): boolean {
  const lives = incarnations(newcomer) - incarnations(holder);
  if (lives !== 0) return lives > 0;
  // Only a peer that sends no `dials` gives two equal ones: then what came last counts.
  if (newcomer.dialledBy === holder.dialledBy) return !dialledAfter(holder, newcomer);
  if (dialledAfter(newcomer, holder)) return true;
  if (dialledAfter(holder, newcomer)) return false;
  return (newcomer.dialledBy === "us") === smaller;
}

function incarnations(contender: Contender): number {
  return contender.ours.incarnation + contender.theirs.incarnation;
}

/** Whether the dialler of `later` had said its HELLO on `earlier` before it dialled. */
function dialledAfter(later: Contender, earlier: Contender): boolean {
  if (later.dialledBy === "us") return later.ours.dials > earlier.ours.dials;
  return later.theirs.dials > earlier.theirs.dials;
}
