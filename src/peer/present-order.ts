import type { OrderedOperation } from "../core/request.ts";
import type { Entry } from "../protocols/raft/message.ts";
import type { ServiceView } from "../protocols/service/message.ts";
import { decode } from "../wire/codec.ts";
import { command } from "../wire/request.ts";
import type { RaftPicture, StorePicture } from "./peer-view.ts";

/** What an entry is, in words, and when it was proposed. */
interface InWords {
  /** Null where it is the order's own business. */
  readonly lamport: number | null;
  readonly text: string;
}

/** An entry of the log, in words. */
export function presentEntry({ index, term, payload }: Entry): RaftPicture["tail"][number] {
  return { index, term, ...payloadInWords(payload) };
}

function payloadInWords(payload: Entry["payload"]): InWords {
  if (payload.kind === "no-op") return { lamport: null, text: "no-op" };
  if (payload.kind === "command") return commandInWords(payload.command);
  const { voters, learners } = payload.configuration;
  return { lamport: null, text: `configuration: voters ${voters.length}, learners ${learners.length}` };
}

/** A command of whichever order, in words. */
export function commandInWords(bytes: Uint8Array): InWords {
  const decoded = decode(command, bytes);
  if (decoded.kind !== "value") return { lamport: null, text: "a command that makes no sense" };
  const { lamport, operation, once } = decoded.value;
  const inSession = once === null ? "" : ` (session ${once.session}, ${once.sequence})`;
  return { lamport, text: `${operationInWords(operation)}${inSession}` };
}

/** What clients ask, and the state that it is about. */
export function presentStore({ state, appliedIndex: _applied, ...counts }: ServiceView): StorePicture {
  return { ...counts, sessions: state.sessions, used: state.room.used, capacity: state.room.capacity };
}

function operationInWords(operation: OrderedOperation): string {
  switch (operation.kind) {
    case "create":
    case "delete":
      return `${operation.kind} ${operation.name}`;
    case "append":
      return `append ${operation.name} ${operation.data.length} characters`;
    case "atomic":
      return `atomic, ${operation.operations.length} operations`;
    case "write":
      return `write ${operation.key} ${operation.value.length} characters`;
    case "open-session":
      return "open a session";
    case "acquire-lock":
      return `acquire lock ${operation.name} for ${operation.owner}`;
    case "release-lock":
      return `release lock ${operation.name} of ${operation.owner}`;
    case "renew-lock":
      return `renew lock ${operation.name}, token ${operation.token}`;
    case "expire-lock":
      return `expire lock ${operation.name}, token ${operation.token}`;
    case "take-office":
      return `${operation.holder} takes the office of term ${operation.term}`;
    case "leave-office":
      return `${operation.holder} leaves the office of term ${operation.term}`;
    case "begin-job":
      return `begin a job of ${operation.size} x ${operation.size}`;
    case "mark-job":
      return `job ${operation.job} at turn ${operation.mark.turn}, ${operation.state}`;
  }
}
