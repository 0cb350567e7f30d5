import { expectBites } from "./bites.ts";
import { noticeMutations } from "./notice-mutations.ts";

expectBites("notices", noticeMutations);
