import { expectBites } from "./bites.ts";
import { bullyMutations } from "./bully-mutations.ts";

expectBites("Bully", bullyMutations);
