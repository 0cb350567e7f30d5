import type { StoreClient, StoredValue } from "../../client/store-client.ts";
import { StoreError } from "../../client/store-error.ts";
import type { Answer } from "../../core/request.ts";
import { type Command, helpText } from "./commands.ts";

/** What a command came to. */
export type Outcome =
  | {
      readonly kind: "answer";
      readonly answer: Answer;
      /** Whether of a value it is told when it was written. */
      readonly isTold: boolean;
    }
  | { readonly kind: "failure"; readonly error: StoreError };

/** Asks the store for what a command wants. */
export async function carryOut(store: StoreClient, command: Command): Promise<Outcome> {
  try {
    if (command.kind === "help") return told({ kind: "display", text: helpText() });
    if (command.kind === "read-any") return await readAny(store, command.name);
    return told(await store.ask(command.request));
  } catch (error) {
    if (error instanceof StoreError) return { kind: "failure", error };
    throw error;
  }
}

/** A command that was never asked for. */
export function notAsked(reason: string): Outcome {
  return { kind: "failure", error: new StoreError("malformed", reason, true) };
}

async function readAny(store: StoreClient, name: string): Promise<Outcome> {
  try {
    return told({ kind: "display", text: await store.read(name) });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "not-found") throw error;
  }
  const found: StoredValue | null = await store.readValue(name);
  if (found === null) throw new StoreError("not-found", "there is no file and no value of that name", true);
  return { kind: "answer", answer: { kind: "value", found }, isTold: false };
}

function told(answer: Answer): Outcome {
  return { kind: "answer", answer, isTold: true };
}
