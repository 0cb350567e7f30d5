import type { Answer, OrderedOperation, Query } from "../../core/request.ts";

/** What a request or an answer takes in a message besides its text. */
const BESIDES = 32;

/** Units that a request or an answer takes in a message: the same where it is sent and where it comes. */
export function unitsOf(value: OrderedOperation | Query | Answer): number {
  return sizeOf(value) + BESIDES;
}

/** Units of text in a request or an answer. */
export function sizeOf(value: OrderedOperation | Query | Answer): number {
  switch (value.kind) {
    case "append":
      return value.name.length + value.data.length;
    case "write":
      return value.key.length + value.value.length;
    case "atomic":
      return value.operations.reduce((sum, operation) => sum + sizeOf(operation), 0);
    case "display":
    case "pong":
      return value.text.length;
    case "value":
      return value.found === null ? 0 : value.found.key.length + value.found.value.length;
    case "error":
      return value.message.length;
    default:
      // Names, keys and numbers.
      return 256;
  }
}
