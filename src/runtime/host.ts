import { randomBytes } from "node:crypto";
import type { Desk } from "../control/desk/desk.ts";
import { PeerDesk, type Steered } from "../control/desk/peer-desk.ts";
import { type Address, addressOf, isLoopback } from "../core/address.ts";
import type { ElectionKind } from "../core/election.ts";
import { neighbouringPorts } from "../core/limits.ts";
import { type Modes, mayLead } from "../core/modes.ts";
import { FaultyPeer } from "../peer/faulty-peer.ts";
import { encodeRecord } from "../peer/journal-record.ts";
import type { FaultyEffect, Tuning } from "../peer/machine.ts";
import type { Act, PeerEvent } from "../peer/peer-event.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { present } from "../peer/present.ts";
import type { AnyCommand } from "../peer/registry.ts";
import { askControl } from "./control-client.ts";
import { Counters } from "./counters.ts";
import { Doors, type Ports } from "./doors.ts";
import { type Carrier, Driver } from "./driver.ts";
import type { FrontDoor } from "./front-door.ts";
import type { Journal } from "./journal/journal.ts";
import { Outside } from "./outside.ts";
import { bindApi, bindOnePort } from "./port.ts";
import { realClockwork } from "./real-clockwork.ts";
import { StartError } from "./start-error.ts";
import { openState, type StoredState } from "./state.ts";
import { fetchTable } from "./table-fetch.ts";

/** A leave that is not done by then is broken off. */
const LEAVE_TIMEOUT_MS = 3000;

/** Another peer that has not answered a line by then does not. */
const CONTROL_TIMEOUT_MS = 2000;

/** Lines that are shown of what was said since the start, at most. */
const MAX_SAID = 16;

/** Bytes of entropy handed over at a time: nonces for 256 probes. */
const ENTROPY_BYTES = 256 * 16;

/** How a peer is started on this machine. */
export interface HostOptions {
  /** IP literal to bind. */
  readonly host: string;
  /** Null takes the first free port from 7001. */
  readonly port: number | null;
  /** What others are told, where it is not host and port. */
  readonly advertise: Address | null;
  /** Empty for none: then a peer is called by its port. */
  readonly name: string;
  readonly seeds: readonly Address[];
  readonly found: boolean;
  /** Directory of the saved state for a port; null keeps it in memory only. */
  readonly dataDirectory: (port: number) => string | null;
  /** Set the saved state aside first. */
  readonly fresh: boolean;
  /** Seeds the peer's random choices; null draws one. */
  readonly seed: number | null;
  /** Whether others may set faults here; null: those on this machine may, where the peer listens on it alone. */
  readonly remoteFaults: boolean | null;
  /** Where programs of the gossip dialect are listened to besides the one port; null for nowhere. */
  readonly api: Address | null;
  /** Connections of every kind at a time; null for the usual limit. */
  readonly maxConnections: number | null;
  /** How the peer agrees with others. */
  readonly modes: Modes;
  /** Where the virtual address is added with the driver for interfaces; null: found by its route. */
  readonly vipInterface: string | null;
  /** Options of protocols that are not to be what they usually are. */
  readonly tuning: Tuning;
}

/** One peer on this machine's sockets, disk and clock. */
export interface Host {
  readonly desk: Desk;
  readonly address: Address;
  /** Where its state is; null if in memory only. */
  readonly directory: string | null;
  /** What was odd at the start, a line each: state set aside, for one. */
  readonly notices: readonly string[];
  /** Settles when the peer has ended: null after `stop` or a leave, an error when it could not go on. */
  readonly ended: Promise<StartError | null>;
  /** Says that it will be back, lets go of everything, and settles when that is done. */
  stop(): Promise<void>;
}

/**
 * Starts a peer: binds its port, opens its state, and begins.
 *
 * @param say shows a line to whoever runs it
 * @throws StartError when the port or the state cannot be had
 */
export async function startHost(options: HostOptions, say: (line: string) => void = () => {}): Promise<Host> {
  const counters = new Counters();
  const limits = options.maxConnections === null ? {} : { maxConnections: options.maxConnections };
  const port = await bindOnePort(options.host, options.port, counters, limits);
  let api: FrontDoor | null = null;
  try {
    api = options.api === null ? null : await bindApi(options.api, counters, limits);
    const ports = { port, api };
    const address = options.advertise ?? addressOf(options.host, port.port);
    if (address === undefined) throw new StartError(`${options.host} is no IP address to bind`);
    if (options.found && !mayLead(address, options.modes.ensemble))
      throw new StartError(`--found: ${address} is none of the --ensemble, whose members alone found a cluster`);
    const directory = options.dataDirectory(port.port);
    // The journal speaks only after the host, which needs its records to begin, has begun.
    let host: RunningHost | undefined;
    const open = (fresh: boolean): Promise<StoredState> =>
      openState(
        directory,
        { fresh, modes: options.modes },
        {
          onSaved: (token) => host?.saved(token),
          onFailure: (failure) => host?.fail(new StartError(failure.message, failure.code)),
        },
      );
    const state = await open(options.fresh);
    host = new RunningHost(options, { ports, address, directory, state, reopen: () => open(false), counters, say });
    host.start();
    return host;
  } catch (error) {
    port.door.close();
    port.udp.close();
    api?.close();
    throw error;
  }
}

/** What a peer has on this machine. */
interface Lodging {
  readonly ports: Ports;
  readonly address: Address;
  readonly directory: string | null;
  readonly state: StoredState;
  readonly reopen: () => Promise<StoredState>;
  readonly counters: Counters;
  readonly say: (line: string) => void;
}

class RunningHost implements Host, Carrier {
  readonly desk: PeerDesk;
  readonly address: Address;
  readonly directory: string | null;
  readonly notices: readonly string[];
  readonly ended: Promise<StartError | null>;
  readonly #election: ElectionKind;
  readonly #reopen: () => Promise<StoredState>;
  readonly #vipInterface: string | null;
  readonly #sayOutside: (line: string) => void;
  /** What was said since the start, the latest lines. */
  #said: readonly string[] = [];
  #outside: Outside;
  readonly #peer: FaultyPeer;
  readonly #driver: Driver;
  readonly #doors: Doors;
  #end: (error: StartError | null) => void = () => {};
  #left: () => void = () => {};
  /** Null while the peer is crashed. */
  #state: StoredState | null;
  /** Settles when an earlier state has been let go. */
  #abandoned: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  constructor(options: HostOptions, { ports, address, directory, state, reopen, counters, say }: Lodging) {
    this.#election = options.modes.election;
    this.#state = state;
    this.#reopen = reopen;
    this.#vipInterface = options.vipInterface;
    this.#sayOutside = say;
    this.address = address;
    this.directory = directory;
    this.notices = state.notices;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { id } = state;
    const { name, seeds, modes, tuning } = options;
    // Whoever has lost its state was in a cluster, which is still there: it looks for that, whatever it was told.
    const found = options.found && !state.isLost;
    const seed = options.seed ?? randomBytes(6).readUIntBE(0, 6);
    const scan = seeds.length === 0 && !found ? placesToLook(address, options, ports.port.port) : [];
    this.#peer = new FaultyPeer(
      { id, name, address, seed, found, seeds, scan, modes, tuning },
      state.records,
      performance.now(),
    );
    this.#driver = new Driver(this.#peer, this, () => performance.now());
    this.#outside = this.#goOutside();
    const view = (): PeerView =>
      present(this.#peer, {
        real: performance.now(),
        at: Date.now(),
        notices: [...this.notices, ...this.#said],
        counters: counters.all(),
      });
    const steered: Steered = {
      view,
      give: (content) => this.#driver.give({ kind: "command", content }),
      leave: () => this.#leave(),
      inject: (command) => this.#driver.give({ kind: "faults", command }),
      ask: (to, request) => {
        const { self } = view();
        return askControl(to, { ...self, peer: self.id, cluster: self.clusterId }, request, CONTROL_TIMEOUT_MS);
      },
    };
    this.desk = new PeerDesk(steered, realClockwork);
    const { remoteFaults, host } = options;
    const bound = addressOf(host, ports.port.port);
    const isLocal = (remote: string): boolean => {
      const from = addressOf(remote, 1);
      return from !== undefined && isLoopback(from);
    };
    this.#doors = new Doors(ports, {
      ...{ view, counters, tuning },
      give: (input) => this.#driver.give(input),
      control: {
        carryOut: (request) => this.desk.answer(request),
        accepts: (remote) => remoteFaults ?? (bound !== undefined && isLoopback(bound) && isLocal(remote)),
      },
      steering: {
        run: (line) => this.desk.run(line),
        accepts: (remote) => remoteFaults !== false && isLocal(remote),
      },
    });
  }

  start(): void {
    this.#driver.start();
    // What earlier lives left is rewritten once, so that a journal does not grow from restart to restart.
    if (this.#state !== null && this.#state.records.length > 0) this.#compact(this.#state.journal);
    this.#doors.open();
  }

  saved(token: number): void {
    this.#driver.give({ kind: "saved", upTo: token });
  }

  /** The peer cannot go on: it falls silent at once, since nothing that it says is durable any more. */
  fail(error: StartError): void {
    this.#driver.stop();
    void this.#shutDown().then(() => this.#end(error));
  }

  stop(): Promise<void> {
    const give = (content: AnyCommand): void => this.#driver.give({ kind: "command", content });
    give({ protocol: "mutex", command: { kind: "leave" } });
    give({ protocol: "link", command: { kind: "leave", reason: "stopping" } });
    return this.#shutDown().then(() => this.#end(null));
  }

  carryOut(effect: Exclude<FaultyEffect, { kind: "event" }>): void {
    switch (effect.kind) {
      case "save":
        return this.#state?.journal.append(effect.records.map(encodeRecord), effect.token);
      case "act":
        return this.#act(effect.act);
      case "crash":
        return this.#crash();
      case "restore":
        return this.#restore();
      default:
        return this.#doors.carryOut(effect);
    }
  }

  flush(): void {
    this.#doors.flush();
    const journal = this.#state?.journal;
    if (journal?.isGrown) this.#compact(journal);
  }

  tell(event: PeerEvent): void {
    this.desk.tell(event);
    switch (event.event.kind) {
      case "entropy-needed":
        return this.#driver.give({
          kind: "command",
          content: { protocol: "health", command: { kind: "entropy", bytes: randomBytes(ENTROPY_BYTES) } },
        });
      case "table-wanted":
        return this.#fetchTable(event.event.from);
      case "left":
        return this.#left();
    }
  }

  #act(act: Act): void {
    // Whoever came in through the address hears nothing more of this peer.
    if (act.kind === "address-unwanted") this.#doors.resetForbidden();
    // The peer's own clock may be wrong on purpose.
    this.#outside.act("until" in act ? { ...act, until: this.#peer.realAt(act.until) } : act);
  }

  /** Whether this peer may speak for the pool: its lease has not ended by its own clock. */
  #maySpeak(): boolean {
    const { leaseUntil } = this.#peer.peer.view("office");
    return leaseUntil !== null && this.#peer.timeAt(performance.now()) < leaseUntil;
  }

  #goOutside(): Outside {
    const { driver } = this.#peer.peer.view("office");
    return new Outside(
      { driver, interface: this.#vipInterface },
      {
        give: (content) => this.#driver.give({ kind: "command", content }),
        accept: (socket) => this.#doors.welcome(socket, () => this.#maySpeak()),
        say: (line) => this.#say(line),
      },
    );
  }

  #compact(journal: Journal): void {
    journal.compact(this.#peer.peer.checkpoint().map(encodeRecord));
  }

  /** An injected crash: the files are let go as they are. */
  #crash(): void {
    this.#abandoned = this.#state?.abandon() ?? this.#abandoned;
    this.#state = null;
    // As with a process that dies: the address is let go, and work that is done is nobody's.
    void this.#outside.close();
    this.#outside = this.#goOutside();
  }

  /** The same way to the saved state as a new process goes. */
  #restore(): void {
    this.#abandoned
      .then(this.#reopen)
      .then((state) => {
        if (this.#stopping !== undefined) return state.close();
        this.#state = state;
        this.#driver.give({ kind: "restored", id: state.id, records: state.records });
        return undefined;
      })
      .catch((error: unknown) => this.fail(error instanceof StartError ? error : new StartError(String(error))));
  }

  #fetchTable(from: Address): void {
    fetchTable(from).then(
      (entries) =>
        this.#driver.give({
          kind: "command",
          content: { protocol: "discovery", command: { kind: "table-fetched", from, entries } },
        }),
      (error: Error) =>
        this.#driver.give({
          kind: "command",
          content: { protocol: "discovery", command: { kind: "table-failed", from, reason: error.message } },
        }),
    );
  }

  async #leave(): Promise<void> {
    const left = new Promise<void>((resolve) => {
      this.#left = resolve;
    });
    const tooLate = setTimeout(() => this.#left(), LEAVE_TIMEOUT_MS);
    this.#driver.give({ kind: "command", content: { protocol: this.#election, command: { kind: "leave" } } });
    await left;
    clearTimeout(tooLate);
    // Whoever asked for it over the network is answered first.
    setImmediate(() => void this.#shutDown().then(() => this.#end(null)));
  }

  #say(line: string): void {
    this.#said = [...this.#said, line].slice(-MAX_SAID);
    this.#sayOutside(line);
  }

  /** Lets go of sockets and files, in the order in which nothing that was said or saved is lost. */
  #shutDown(): Promise<void> {
    this.#stopping ??= this.#letGo();
    return this.#stopping;
  }

  async #letGo(): Promise<void> {
    // Asked for while something happens, it waits until that is done and the goodbye said.
    await Promise.resolve();
    this.#doors.flush();
    this.#driver.stop();
    // Whoever came in by the address gets what it was answered; without a renewal its lease ends in a moment anyway.
    await this.#doors.close();
    await this.#outside.close();
    await this.#abandoned;
    await this.#state?.close();
  }
}

/** Where a peer that was told of nobody looks for others: its ensemble, and on this machine if it is reached there alone. */
function placesToLook(own: Address, { host, modes }: HostOptions, port: number): readonly Address[] {
  const near = isLoopback(own) ? neighbouringPorts(port).flatMap((candidate) => addressOf(host, candidate) ?? []) : [];
  return [...new Set([...modes.ensemble, ...near])].filter((address) => address !== own);
}
