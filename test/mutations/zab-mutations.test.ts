import { expectBites } from "./bites.ts";
import { zabMutations } from "./zab-mutations.ts";

expectBites("ZAB", zabMutations);
