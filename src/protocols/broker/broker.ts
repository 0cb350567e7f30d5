import type { Address } from "../../core/address.ts";
import { Effects } from "../../core/effects.ts";
import { type BrokerTable, isEnded } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol, SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { JobRequest } from "../../wire/job-message.ts";
import { Asking } from "./asking.ts";
import { Call } from "./call.ts";
import { Errands } from "./errands.ts";
import { type Ground, isHolder } from "./ground.ts";
import { Handing } from "./handing.ts";
import { Keeping } from "./keeping.ts";
import { Labour } from "./labour.ts";
import { Looks, type PictureMessage } from "./looks.ts";
import type { BrokerSpeech } from "./message.ts";
import { News } from "./news.ts";
import { Pool } from "./pool.ts";
import { Programs } from "./programs.ts";
import { type Place, Reception } from "./reception.ts";
import { Staff } from "./staff.ts";
import { Subscription } from "./subscription.ts";
import { Tenure } from "./tenure.ts";
import { Watching } from "./watching.ts";

type Command = BrokerSpeech["command"];

const NEVER = Number.POSITIVE_INFINITY;

const NO_TABLE: BrokerTable = { office: null, jobs: [] };

/** Why connections are closed on which nothing may be said any more. */
const EXPIRED = "the office has expired: what was asked may have happened";

/**
 * The pool: peers that work for whoever is in office, who takes jobs from programs and people and hands them out in slices.
 * A job is a board of Life that goes ahead round by round: all of it some turns, before any of it goes further.
 *
 * Sources: rounds as bulk synchronous steps (Valiant, "A Bridging Model for Parallel Computation", CACM 1990); a second worker
 * for what is late (Dean, Barroso, "The Tail at Scale", CACM 2013); the office is a lease in the total order, and its term
 * fences what is said (Gray, Cheriton, SOSP 1989; Burrows, OSDI 2006, section 2.4).
 *
 * | message                      | sender                | effect at the receiver                                     |
 * | ---------------------------- | --------------------- | ---------------------------------------------------------- |
 * | request subscribe            | peer that works       | the holder of the office counts it among the workers       |
 * | request unsubscribe          | peer that works       | no more; what it has in hand goes to others                |
 * | request process-slice        | holder                | a worker computes rows of a board, unless its term is over |
 * | other requests               | peer with a person    | done by whoever is in office; another says who leads       |
 * | answer                       | who was asked         | matched by request ID, or counted and dropped              |
 * | board-piece, board-kept      | holder, keeper        | a board goes to disk elsewhere, before the order names it  |
 * | board-wanted, board-unknown  | new holder, any       | it is sent back, from where it is kept                     |
 * | look, picture                | viewer's peer, holder | one part of a board for one look                           |
 * | pool-news                    | holder                | how the workers do is shown elsewhere as well              |
 *
 * Safety: each row of a board counts once a turn, and from the board of the turn before alone (`round.ts`). What the order
 * names is on the disks of a majority of those who elect, so every later leader finds it (`checkpoint.ts`). A job is told to
 * run, to be paused or to have ended when the order has it so (`job.ts`). Past the end of its lease a holder says nothing to
 * programs: it closes their connections, and what they had asked may have happened. What bears another term than the one in
 * office counts for nothing.
 *
 * Liveness: while somebody is in office and one worker works. A slice moves on from a worker that is lost, fails or is late.
 * Without anything to do, nothing is said and no timer runs.
 */
export class Broker implements Protocol<BrokerSpeech>, Ground {
  readonly options: BrokerSpeech["options"];
  readonly effects = new Effects<BrokerSpeech>();
  readonly random: Random;
  readonly linked = new Set<PeerId>();
  readonly counts: Ground["counts"] = {
    ...{ slices: 0, hedged: 0, moved: 0, lateAnswers: 0, duplicateAnswers: 0 },
    ...{ unknownAnswers: 0, rejectedAnswers: 0, refusedCalls: 0 },
  };
  now = 0;
  table: BrokerTable = NO_TABLE;
  readonly #pool = new Pool(this);
  readonly #asking = new Asking(this);
  readonly #labour: Labour;
  readonly #handing: Handing;
  readonly #staff: Staff;
  readonly #keeping: Keeping;
  readonly #programs = new Programs(this);
  readonly #reception = new Reception(this);
  readonly #errands = new Errands(this, this.#asking);
  readonly #subscription: Subscription;
  readonly #looks = new Looks(this);
  readonly #watching = new Watching(this);
  readonly #news = new News(this, this.#pool);
  /** Null while this peer is not in office. */
  #tenure: Tenure | null = null;
  #leader: PeerId | null = null;
  #leaderAddress: Address | null = null;
  #hasLeft = false;
  #isDemanded = false;

  constructor(options: BrokerSpeech["options"], saved: Iterable<BrokerSpeech["record"]>, random: Random) {
    this.options = options;
    this.random = random;
    this.#labour = new Labour(this);
    this.#handing = new Handing(this, this.#pool, this.#asking, this.#labour);
    this.#staff = new Staff(this, { pool: this.#pool, handing: this.#handing, labour: this.#labour });
    this.#keeping = new Keeping(this, saved);
    this.#subscription = new Subscription(this, this.#asking, () => this.#labour.speed);
  }

  get deadline(): number {
    const inOffice = this.#tenure === null ? NEVER : Math.min(this.#tenure.deadline, this.#looks.deadline);
    return Math.min(
      inOffice,
      this.#handing.deadline,
      this.#asking.deadline,
      this.#keeping.deadline,
      this.#reception.deadline,
      this.#errands.deadline,
      this.#subscription.deadline,
      this.#watching.deadline,
      this.#news.deadline,
    );
  }

  step(input: Input<BrokerSpeech>, now: number): readonly Effect<BrokerSpeech>[] {
    this.now = now;
    // Before anything is said: after a pause it may be over.
    this.#checkLease();
    this.#take(input);
    this.#pass();
    this.#settle();
    return this.effects.take();
  }

  checkpoint(): readonly BrokerSpeech["record"][] {
    return this.#keeping.records();
  }

  view(): BrokerSpeech["view"] {
    return {
      term: this.#tenure?.term ?? null,
      isWorker: this.#labour.isOpen,
      workers: isHolder(this) ? this.#pool.view() : this.#news.heard,
      jobs: this.#tenure?.view() ?? this.table.jobs.map((row) => this.#watching.viewOf(row)),
      picture: this.#watching.picture,
      callers: this.#programs.size,
      calls: this.#reception.open,
      working: this.#labour.working,
      worked: this.#labour.worked,
      counts: { ...this.counts },
      boards: this.#keeping.size,
    };
  }

  get #place(): Place {
    const isLeader = this.#leader === this.options.peer && !this.#hasLeft;
    return { tenure: this.#tenure, isLeader, leaderAddress: isLeader ? null : this.#leaderAddress };
  }

  #take(input: Input<BrokerSpeech>): void {
    switch (input.kind) {
      case "message":
        if ("peer" in input.from) this.#hear(input.from.peer, input.message);
        else if ("session" in input.from) this.#hearProgram(input.from.session, input.message);
        return;
      case "command":
        return this.#obey(input.command);
      case "link":
        return input.up ? this.#link(input.peer) : this.#unlink(input.peer);
      case "session":
        return input.up ? this.#programs.connect(input.session) : this.#programs.disconnect(input.session);
      case "saved":
        return this.#keeping.saved(input.upTo);
      case "resumed":
      case "timeout":
        // Time has passed, which is seen to in any case.
        return;
    }
  }

  #obey(command: Command): void {
    switch (command.kind) {
      case "office":
        return this.#setOffice(command.term, command.until);
      case "leader":
        return this.#setLeader(command.leader, command.address);
      case "table":
        return this.#setTable(command.table);
      case "member":
        return this.#staff.regard(command.peer, command.status);
      case "relinked":
        this.#unlink(command.peer);
        return this.#link(command.peer);
      case "answered":
        return this.#tenure?.answered(command.request, command.answer);
      case "worked":
        return this.#labour.finish(command);
      case "work-failed":
        return this.#labour.fail(command.ticket, command.because);
      case "ask":
        return this.#ask(command.request);
      case "watch":
        return this.#watching.watch(command.job, command.window);
      case "work":
        return this.#staff.setWorker(command.on);
      case "leave":
        return this.#leave();
      case "forget":
        return this.#forget();
    }
  }

  // Others

  #hear(from: PeerId, message: BrokerSpeech["message"]): void {
    switch (message.kind) {
      case "request":
        return this.#hearRequest(from, message.requestId, message.request);
      case "answer":
        return this.#asking.hear(from, message.requestId, message.answer);
      case "look":
        return this.#looks.look(from, message);
      case "picture":
        return this.#watching.show(from, message);
      case "pool-news":
        return this.#news.hear(from, message);
      case "calls":
      case "answers":
        // Said by and to programs only.
        return;
      default:
        return this.#keeping.hear(from, message);
    }
  }

  #hearRequest(from: PeerId, requestId: number, request: JobRequest): void {
    const reply = this.#asking.replyTo(from, requestId);
    switch (request.kind) {
      case "subscribe":
        return reply(this.#staff.subscribe(from, request.speed));
      case "unsubscribe":
        return reply(this.#staff.unsubscribe(from));
      case "process-slice":
        this.#labour.take(request, from, reply);
        return;
      default: {
        const call = new Call("peer", request, this.now + this.options.requestTimeoutMs, reply);
        return this.#reception.take(call, this.#place);
      }
    }
  }

  #link(peer: PeerId): void {
    this.linked.add(peer);
    this.#keeping.link(peer);
    this.#subscription.relink(peer);
    this.#watching.relink(peer);
    this.#errands.retry();
  }

  #unlink(peer: PeerId): void {
    this.linked.delete(peer);
    this.#staff.unlink(peer);
    this.#asking.unlink(peer);
    this.#labour.dropAllOf(peer);
    this.#keeping.unlink(peer);
    this.#looks.forget(peer);
    this.#subscription.relink(peer);
    this.#watching.relink(peer);
  }

  // Programs and people

  #hearProgram(session: SessionId, message: BrokerSpeech["message"]): void {
    if (message.kind !== "calls") return;
    this.#programs.hear(session, message, (call) => this.#reception.take(call, this.#place));
  }

  #ask(request: JobRequest): void {
    const deadline = this.now + this.options.requestTimeoutMs;
    this.#errands.take(
      new Call("person", request, deadline, (answer) => this.effects.event({ kind: "job-answered", request, answer })),
    );
  }

  // The office

  #setOffice(term: number | null, until: number): void {
    if (this.#tenure !== null && this.#tenure.term === term) {
      this.#tenure.until = Math.max(this.#tenure.until, until);
      return;
    }
    this.#endTenure();
    if (term === null || this.now >= until || this.#hasLeft) return;
    this.#tenure = new Tenure(this, term, until, {
      ...{ keeping: this.#keeping, handing: this.#handing, pool: this.#pool, labour: this.#labour },
    });
    this.#reception.enter(this.#tenure);
  }

  /** Past the end of its lease another may be in office: nothing that was asked in this one is answered any more. */
  #checkLease(): void {
    if (this.#tenure === null || this.now < this.#tenure.until) return;
    this.#programs.closeAll(EXPIRED);
    this.#endTenure();
  }

  #endTenure(): void {
    if (this.#tenure === null) return;
    this.#tenure.close();
    this.#tenure = null;
    this.#reception.leave(this.#place);
  }

  #setLeader(leader: PeerId | null, address: Address | null): void {
    this.#leader = leader;
    this.#leaderAddress = address;
    if (this.#tenure === null && leader !== this.options.peer) this.#reception.sendAway(this.#place);
    this.#errands.retry();
  }

  #setTable(table: BrokerTable): void {
    const { office } = this.table;
    this.table = table;
    const isSuperseded = this.#tenure !== null && (table.office?.term !== this.#tenure.term || !isHolder(this));
    if (isSuperseded) this.#endTenure();
    if (office?.holder !== table.office?.holder || office?.term !== table.office?.term) this.#news.clear();
    this.#staff.update();
    this.#keeping.tidy();
    this.#tenure?.update();
    this.#subscription.follow();
    this.#watching.update();
  }

  #leave(): void {
    this.#hasLeft = true;
    this.#staff.setWorker(false);
    this.#endTenure();
  }

  #forget(): void {
    this.#endTenure();
    this.#leader = null;
    this.#leaderAddress = null;
    this.#setTable(NO_TABLE);
    this.#labour.dropAll();
    this.#keeping.forget();
    this.#watching.forget();
  }

  // Time

  #pass(): void {
    this.#asking.pass();
    this.#handing.pass();
    this.#keeping.pass();
    this.#reception.pass(this.#tenure !== null);
    this.#errands.pass();
  }

  #settle(): void {
    this.#subscription.settle(this.#labour.isOpen);
    this.#errands.settle(this.#leader, (call) => this.#reception.take(call, this.#place));
    this.#tenure?.settle();
    this.#look();
    if (isHolder(this)) this.#news.settle(this.#looks.viewers);
    this.#programs.flush();
    this.#demand();
  }

  /** Shows what is to be seen. Where a person here looks at what is done here, the next look follows at once. */
  #look(): void {
    const { peer } = this.options;
    for (let round = 0; round < 2; round++) {
      this.#watching.settle((holder, look) => {
        if (holder === peer) this.#looks.look(peer, look);
        else this.effects.send({ peer: holder }, look);
      });
      const tenure = this.#tenure;
      if (tenure === null) return;
      this.#looks.settle(
        tenure.term,
        (job) => tenure.sight(job),
        (to, picture) => this.#show(to, picture),
      );
    }
  }

  #show(to: PeerId, picture: PictureMessage): void {
    if (to === this.options.peer) this.#watching.show(to, picture);
    else this.effects.send({ peer: to }, picture);
  }

  /** Somebody is wanted in office while there is anything to do for it. */
  #demand(): void {
    const hasJobs = this.table.jobs.some((row) => !isEnded(row));
    const isAsked = this.#programs.size > 0 || this.#reception.open > 0 || this.#errands.size > 0;
    const on = !this.#hasLeft && (hasJobs || isAsked);
    if (on === this.#isDemanded) return;
    this.#isDemanded = on;
    this.effects.event({ kind: "office-demanded", on });
  }
}
