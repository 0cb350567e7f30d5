/**
 * The other process of the bench of notices: programs that subscribe at each of some peers, and are told things of a
 * size. Says on a line, whenever it has changed: numbers that all were told, notifications, and those that came twice.
 * Arguments: bytes of data, then a port for each program.
 */
import { NoticeLedger } from "./notice-ledger.ts";
import { SubscriberProgram } from "./notice-programs.ts";

const [dataBytes = 0, ...ports] = process.argv.slice(2).map(Number);
const ledger = new NoticeLedger(ports.length);
let saysSoon = false;

function saySoon(): void {
  if (saysSoon) return;
  saysSoon = true;
  setImmediate(() => {
    saysSoon = false;
    process.stdout.write(`${ledger.done} ${ledger.told} ${ledger.repeated}\n`);
  });
}

await Promise.all(
  ports.map((port, at) =>
    SubscriberProgram.connect(port, dataBytes, (number) => {
      ledger.note(at, number);
      saySoon();
    }),
  ),
);
process.stdin.resume().on("end", () => process.exit());
