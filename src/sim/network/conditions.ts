/** What one direction of the network between two places does to all that passes it. Percentages are 0 to 100. */
export interface Conditions {
  /** Everything takes this long, ms. */
  readonly latencyMs: number;
  /** And by chance up to this much more, ms. */
  readonly jitterMs: number;
  /** Nothing passes: packets are lost, streams hold back. */
  readonly cut: boolean;
  /** A part of the packets is lost. */
  readonly lossPercent: number;
  /** A part of what streams carry is lost and sent again, so it comes later, and all behind it. */
  readonly resendPercent: number;
  /** A part of the packets comes twice; streams hide that. */
  readonly duplicatePercent: number;
  /** A part of the packets comes after those that were sent next; streams hide that. */
  readonly reorderPercent: number;
  /** A part suffers a burst of flipped bits: packets are lost to their checksum, a stream's frame reaches the receiver so. */
  readonly corruptPercent: number;
  /** So many things pass in each step of time; packets beyond are lost, streams wait for the next step. Null for no limit. */
  readonly capacity: { readonly things: number; readonly stepMs: number } | null;
  /** As a line of this width; what would wait longer than a second is lost, of packets. Null for no limit. */
  readonly bytesPerSecond: number | null;
}

/** A network on one machine: quick and without fault. */
export const WELL: Conditions = {
  latencyMs: 0.2,
  jitterMs: 0,
  cut: false,
  lossPercent: 0,
  resendPercent: 0,
  duplicatePercent: 0,
  reorderPercent: 0,
  corruptPercent: 0,
  capacity: null,
  bytesPerSecond: null,
};
