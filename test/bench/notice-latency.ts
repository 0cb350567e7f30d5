import { within } from "./bare.ts";
import { Fanout } from "./fanout.ts";
import { atMost, atMostTimes, median, p99, type Row } from "./figure.ts";
import type { Bench } from "./group.ts";
import { NoticeLedger } from "./notice-ledger.ts";
import { type NoticePeers, startPeers } from "./notice-peers.ts";
import { AnnouncerProgram, SubscriberProgram } from "./notice-programs.ts";

const DATA_BYTES = 100;
const ROUNDS = 5;
const PER_ROUND = 60;
/** Before that much was announced the branches are not grown, and the code is not compiled. */
const WARM_UP = 200;
const ANNOUNCE_LIMIT_MS = 20_000;

/** How soon all are notified of one announcement at a time, and in how many copies it comes to them. */
export async function noticeLatency(bench: Bench, count: number): Promise<readonly Row[]> {
  bench.note(`${count} peers: starting`);
  const peers = await startPeers(bench, count);
  const teller = await Teller.open(bench, peers);
  const fanout = await Fanout.open(bench, count - 1, DATA_BYTES);
  bench.note(`${count} peers: latency`);
  const coldMs = await teller.tell();
  for (let i = 0; i < WARM_UP; i++) {
    await teller.tell();
    await fanout.send(1);
  }
  const sentBefore = await peers.counted("sent");
  const rounds = await measureRounds(bench.reps ?? ROUNDS, teller, fanout);
  const sent = (await peers.counted("sent")) - sentBefore;
  const { repeated } = teller;
  await peers.end();
  const copies = sent / (rounds.told.length * PER_ROUND * (count - 1));
  return rowsOf(count, { ...rounds, coldMs, copies, repeated });
}

interface Rounds {
  /** By round, milliseconds for each announcement, and for each message that was fanned out. */
  readonly told: readonly (readonly number[])[];
  readonly bare: readonly (readonly number[])[];
}

/** Announcements and bare messages take turns, so that a busy moment of the machine touches both. */
async function measureRounds(reps: number, teller: Teller, fanout: Fanout): Promise<Rounds> {
  const told: number[][] = [];
  const bare: number[][] = [];
  for (let round = 0; round < reps; round++) {
    const toldMs: number[] = [];
    const bareMs: number[] = [];
    for (let i = 0; i < PER_ROUND; i++) {
      toldMs.push(await teller.tell());
      bareMs.push(await fanout.send(1));
    }
    told.push(toldMs);
    bare.push(bareMs);
  }
  return { told, bare };
}

function rowsOf(
  count: number,
  {
    told,
    bare,
    coldMs,
    copies,
    repeated,
  }: Rounds & { readonly coldMs: number; readonly copies: number; readonly repeated: number },
): readonly Row[] {
  const n = `n = ${count}`;
  const fanout = (figure: (ms: readonly number[]) => number, of: Rounds["bare"]) => ({
    name: "direct fan-out by TCP, answered",
    samples: of.map(figure),
  });
  const all = [told.flat()];
  const allBare = [bare.flat()];
  return [
    {
      name: `${n}: announced until notified on all, p50`,
      unit: "ms",
      samples: told.map(median),
      beside: fanout(median, bare),
      goal: atMostTimes(10),
    },
    {
      name: `${n}: p99`,
      unit: "ms",
      samples: all.map(p99),
      beside: fanout(p99, allBare),
      ...(count === 30 ? { goal: atMost(50) } : {}),
    },
    { name: `${n}: the first one after the start`, unit: "ms", samples: [coldMs] },
    {
      name: `${n}: copies sent for each peer that is notified`,
      unit: "copies",
      samples: [copies],
      beside: { name: "at least", samples: [1] },
    },
    { name: `${n}: notified twice`, unit: "times", samples: [repeated], goal: atMost(0) },
  ];
}

/** Announces at one peer, and holds the programs at all the others: all of it is measured on one clock. */
class Teller {
  readonly #announcer: AnnouncerProgram;
  readonly #ledger: NoticeLedger;
  #allTold: () => void = () => {};

  static async open(bench: Bench, peers: NoticePeers): Promise<Teller> {
    const announcer = await AnnouncerProgram.connect(peers.announcerPort, DATA_BYTES);
    bench.onEnd(() => announcer.close());
    const ports = peers.subscriberPorts;
    const teller = new Teller(announcer, new NoticeLedger(ports.length));
    for (const [at, port] of ports.entries()) {
      const subscriber = await SubscriberProgram.connect(port, DATA_BYTES, (number) => teller.#hear(at, number));
      bench.onEnd(() => subscriber.close());
    }
    await peers.untilSubscribed();
    return teller;
  }

  private constructor(announcer: AnnouncerProgram, ledger: NoticeLedger) {
    this.#announcer = announcer;
    this.#ledger = ledger;
  }

  /** Times that somebody was notified of something once more. */
  get repeated(): number {
    return this.#ledger.repeated;
  }

  /** Announces once; milliseconds until all are notified. */
  async tell(): Promise<number> {
    const told = new Promise<number>((resolve) => {
      this.#allTold = () => resolve(performance.now());
    });
    const announcedAt = performance.now();
    this.#announcer.announce(1);
    return (await within(ANNOUNCE_LIMIT_MS, "notification on all", told)) - announcedAt;
  }

  #hear(subscriber: number, number: number): void {
    if (this.#ledger.note(subscriber, number)) this.#allTold();
  }
}
