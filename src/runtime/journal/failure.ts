/** Why a data directory cannot be used, or no longer. */
export interface StorageFailure {
  /** The system's code (`ENOSPC`, `EACCES`, ...) or `LIMIT`. */
  readonly code: string;
  /** One line: what is wrong and what to do. */
  readonly message: string;
}

/** A limit of our own that was reached; the message continues "data directory X: ". */
export class StorageLimit extends Error {
  override readonly name = "StorageLimit";
  readonly code = "LIMIT";
}

const ANOTHER = "choose another with --data-dir";

const EXPLANATIONS: Readonly<Record<string, readonly [cause: string, advice: string]>> = {
  EACCES: ["permission denied", `give this user access to it, or ${ANOTHER}`],
  EPERM: ["its file system does not permit it", ANOTHER],
  ENOTDIR: ["a part of its path is a file", ANOTHER],
  EEXIST: ["there is a file of that name", ANOTHER],
  ENOENT: ["it does not exist", `start again, or ${ANOTHER}`],
  EROFS: ["its file system is read-only", ANOTHER],
  ENOSPC: ["no space is left on its disk", `free some, or ${ANOTHER}`],
  EDQUOT: ["this user's disk quota is used up", `free some, or ${ANOTHER}`],
  EFBIG: ["a file may not grow further there", `raise the limit (ulimit -f), or ${ANOTHER}`],
  EIO: ["its disk fails", `replace the disk, or ${ANOTHER}`],
  EMFILE: ["this process has too many files open", "raise the limit (ulimit -n)"],
  ENFILE: ["the system has too many files open", "close some"],
  ERR_FS_FILE_TOO_LARGE: ["its journal is too large to be read", ANOTHER],
  LIMIT: ["a limit was reached", `start again, or ${ANOTHER}`],
};

/**
 * Explains an error of the file system.
 *
 * @throws the error itself when it is a bug of ours and no operating failure
 */
export function storageFailure(directory: string, error: unknown): StorageFailure {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") throw error;
  const { code } = error;
  if (!(code in EXPLANATIONS) && !/^E[A-Z0-9]+$/.test(code)) throw error;
  const [cause, advice] = EXPLANATIONS[code] ?? ["it cannot be used", ANOTHER];
  const detail = error instanceof StorageLimit ? error.message : `${cause} (${code})`;
  return { code, message: `data directory ${directory}: ${detail}: ${advice}` };
}
