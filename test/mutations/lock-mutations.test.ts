import { expectBites } from "./bites.ts";
import { lockMutations } from "./lock-mutations.ts";

expectBites("locks", lockMutations);
