import { expectBites } from "./bites.ts";
import { logMutations } from "./log-mutations.ts";

expectBites("the log and the store", logMutations);
