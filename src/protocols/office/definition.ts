import { InvariantViolation } from "../../core/assert.ts";
import { union } from "../../wire/codec.ts";
import type { Definition } from "../definition.ts";
import type { OfficeSpeech } from "./message.ts";
import { Office } from "./office.ts";

/** The lease where an address is added to an interface: the kernel counts its life in whole seconds, ms. */
export const INTERFACE_LEASE_MS = 3000;

/** What suits one machine or one network of machines. */
export const OFFICE_DEFAULTS = {
  address: null,
  driver: "bind",
  leaseMs: 225,
  drift: 0.11,
} as const satisfies Partial<OfficeSpeech["options"]>;

/** The office as the registry holds it. It says nothing to other peers and keeps nothing on disk: all is in the order. */
export const office: Definition<OfficeSpeech> = {
  framing: {
    types: [],
    head: () => {
      throw new InvariantViolation("the office sends nothing");
    },
    write: () => {},
    read: (_head, reader) => reader.fail("the office hears nothing") as never,
  },
  record: union({}),
  routine: new Set(),
  internal: new Set(["submit-broker", "confirmation-wanted", "office-open", "office-shut"]),
  outward: new Set(["address-prepared", "address-wanted", "address-extended", "address-unwanted"]),
  start: (options) => new Office(options),
};
