import type { AddressDriver } from "../../protocols/office/message.ts";
import type { AddressUser, VirtualAddress } from "./address-holder.ts";
import { BoundAddress } from "./bind.ts";
import { DryTools } from "./dry-run.ts";
import { InterfaceAddress } from "./ip.ts";
import { SystemTools } from "./tools.ts";

/** How an address is held on this machine. */
export interface VirtualAddressOptions {
  readonly driver: AddressDriver;
  /** The interface that it is added to; null to find it by its route. For `ip` and `dry-run`. */
  readonly interface: string | null;
}

/** Whatever holds the virtual address on this machine. Nothing happens before it is asked for. */
export function openVirtualAddress(options: VirtualAddressOptions, user: AddressUser): VirtualAddress {
  switch (options.driver) {
    case "bind":
      return new BoundAddress(user);
    case "ip":
      return new InterfaceAddress(user, new SystemTools(), options.interface);
    case "dry-run":
      return new InterfaceAddress(user, new DryTools((line) => user.say(line)), options.interface);
  }
}
