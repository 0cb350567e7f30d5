/** The monotonic clock of this machine, ms: the same in all of its processes. */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What a peer tells its guardian. Instants are of the machine's clock. */
export type GuardianOrder =
  /** Listen there, or go on to. */
  | {
      readonly kind: "hold";
      readonly host: string;
      readonly port: number;
      readonly term: number;
      readonly until: number;
    }
  | { readonly kind: "extend"; readonly term: number; readonly until: number }
  /** A connection is over. */
  | { readonly kind: "gone"; readonly visitor: number };

/** What a guardian tells its peer. That it has let go is told by its end. */
export type GuardianReport =
  | { readonly kind: "held"; readonly term: number }
  /** The system does not let it listen there: the error's code, or its text where there is none. */
  | { readonly kind: "refused"; readonly term: number; readonly code: string }
  /** A connection goes with it. */
  | { readonly kind: "connection"; readonly term: number; readonly visitor: number };
