/**
 * Opens one connection and prints the first line that is said on it, or why there is none.
 *
 *   node visit-address.mjs HOST PORT
 */
import { connect } from "node:net";

const [host = "", port = ""] = process.argv.slice(2);
const end = (line: string): never => {
  process.stdout.write(line);
  process.exit(0);
};
const socket = connect({ host, port: Number(port), timeout: 1_000 });
socket.on("data", (data) => end(data.toString().split("\n")[0] ?? ""));
socket.on("timeout", () => end("nothing"));
socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
