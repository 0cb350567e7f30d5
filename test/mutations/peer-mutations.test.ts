import { expectBites } from "./bites.ts";
import { peerMutations } from "./peer-mutations.ts";

expectBites("peers, clocks and bytes", peerMutations);
