import { Fingerprint } from "../../core/fingerprint.ts";
import type { World } from "./world.ts";

/** The hash of all that the peers of a world ever tell, routine included, with who told it and when. */
export function hashEvents(world: World): Fingerprint {
  const hash = new Fingerprint();
  world.subscribe(({ at, port, event }) => {
    hash.number(at);
    hash.number(port);
    hash.text(JSON.stringify(event));
  });
  return hash;
}
