import { expectBites } from "./bites.ts";
import { poolMutations } from "./pool-mutations.ts";

expectBites("the pool", poolMutations);
