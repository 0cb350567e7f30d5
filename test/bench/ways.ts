/** A way for peers to keep one order, by the flags of each of them. */
export interface Way {
  readonly name: string;
  flags(addresses: readonly string[]): readonly string[];
}

export const RAFT: Way = { name: "Raft", flags: () => [] };

export const ZAB_BY_RAFT = zabBy("Raft's election", () => ["--election", "raft"]);

export const ZAB_BY_BULLY = zabBy("Bully", () => ["--election", "bully"]);

/** The first of them leads, and nobody else ever does. */
export const ZAB_BY_NAME = zabBy("a named leader", ([first = ""]) => ["--election", "fixed", "--leader", first]);

function zabBy(whom: string, electionFlags: Way["flags"]): Way {
  return {
    name: `ZAB by ${whom}`,
    flags: (addresses) => ["--broadcast", "zab", "--ensemble", addresses.join(), ...electionFlags(addresses)],
  };
}
