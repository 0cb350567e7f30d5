import type { Address } from "../core/address.ts";
import { InvariantViolation } from "../core/assert.ts";
import { IPV4_BYTES, readEndpoint, whole, writeEndpoint } from "./gossip-endpoint.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** The numbers of what peers say to each other in the revised dialect. */
export const REVISED_TYPE = { pull: 504, response: 505, push: 506 } as const;

/** What has a form of its own in the revised dialect: no counters, IPv4 alone, and a push names its sender alone. */
type Revised =
  | { readonly kind: "pull"; readonly address: Address }
  | { readonly kind: "response"; readonly ids: readonly Address[] }
  | { readonly kind: "push"; readonly address: Address; readonly ids: readonly Address[] };

/** Appends the body of a message; throws InvariantViolation for an IPv6 address and for a push with IDs. */
export function writeRevised(writer: Writer, message: Revised): void {
  if (message.kind === "response") {
    writer.u16(message.ids.length);
    for (const id of message.ids) writeEndpoint(writer, id, IPV4_BYTES);
    return;
  }
  if (message.kind === "push" && message.ids.length > 0) throw new InvariantViolation("a revised push with IDs");
  writeEndpoint(writer, message.address, IPV4_BYTES);
}

/** The message of a body that is there in full; undefined where it is none. */
export function readRevised(type: number, body: Buffer): Revised | undefined {
  switch (type) {
    case REVISED_TYPE.pull:
      return whole(body, (reader) => ({ kind: "pull", address: readEndpoint(reader, IPV4_BYTES) }));
    case REVISED_TYPE.response:
      return whole(body, (reader) => ({ kind: "response", ids: readIds(reader) }));
    case REVISED_TYPE.push:
      return whole(body, (reader) => ({ kind: "push", address: readEndpoint(reader, IPV4_BYTES), ids: [] }));
    default:
      return undefined;
  }
}

function readIds(reader: Reader): readonly Address[] {
  const count = reader.u16();
  const ids: Address[] = [];
  // A lying count ends with the bytes.
  for (let i = 0; i < count && reader.failure === undefined; i++) ids.push(readEndpoint(reader, IPV4_BYTES));
  return ids;
}
