import { type Address, addressOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";

/** The address of a port in every world. */
export function addressAt(port: number): Address {
  const address = addressOf("127.0.0.1", port);
  assert(address !== undefined, `${port} is a port`);
  return address;
}
