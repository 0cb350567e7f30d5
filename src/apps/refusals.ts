import { type Answer, failed } from "../core/request.ts";

/** Why nothing was done. */
export type Refusal = Extract<Answer, { kind: "error" }>;

/** What to answer where something is beyond its limit. */
export function tooLarge(what: string, size: number, most: number, unit = "bytes"): Refusal {
  return failed("too-large", `${what} of ${size} ${unit}, where ${most} fit`, true);
}
