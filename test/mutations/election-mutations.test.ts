import { expectBites } from "./bites.ts";
import { electionMutations } from "./election-mutations.ts";

expectBites("elections", electionMutations);
