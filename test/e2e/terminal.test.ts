import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { Lab, PROGRAM, until } from "../support/processes.ts";
import { addressedLines, openPeer, Terminal, type TerminalOptions } from "../support/terminal.ts";

let lab: Lab;
let opened: Terminal[];

/** Shows a peer on a terminal that is closed after the test. */
async function show(port: number, flags: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
  const terminal = await openPeer(port, ["--data-dir", lab.dataOf(port), ...flags], options);
  opened.push(terminal);
  return terminal;
}

async function closeAll(): Promise<void> {
  await Promise.all(opened.map((terminal) => terminal.close()));
  await lab.close();
}

/** Opens a peer of its own cluster and waits for its screen. */
async function showAlone(options: TerminalOptions = {}, flags: readonly string[] = []): Promise<Terminal> {
  const [port = 0] = await freePorts(1);
  const terminal = await show(port, ["--found", ...flags], options);
  await terminal.until(/LEADER/, "leader");
  return terminal;
}

const ALL_VOTE = /quorum 3\/3|q3\/3/;
const FOOTER = /q leave$/;

function lastLine(screen: string): string {
  return screen.split("\n").findLast((line) => line.trim() !== "") ?? "";
}

function count(screen: string, pattern: RegExp): number {
  return [...screen.matchAll(new RegExp(pattern, "gm"))].length;
}

/** The row of the peers' table for a name. */
function rowOf(screen: string, name: number | string): string {
  return screen.split("\n").find((line) => line.slice(2).startsWith(`${name} `)) ?? "";
}

/** The leader that the screen of a peer names; null for none. */
function leaderIn(screen: string, own: number): number | null {
  const [header = ""] = screen.split("\n");
  if (header.includes("* LEADER")) return own;
  return Number(/leader (\d+)/.exec(header)?.[1] ?? 0) || null;
}

const SIZES = [
  [120, 40],
  [95, 16],
  [60, 15],
  [59, 11],
] as const;

describe.skipIf(!inject("tmux"))("a peer among three", () => {
  let me: Terminal;
  let port: number;
  let others: readonly number[];

  const open = async (flags: readonly string[] = []) => {
    me = await show(port, flags);
    await me.until(ALL_VOTE, "quorum of three");
    await me.until((screen) => others.every((other) => rowOf(screen, other).includes("healthy 3/3")), "healthy peers");
  };

  beforeAll(async () => {
    lab = new Lab();
    opened = [];
    const ports = await freePorts(3);
    [port = 0, ...others] = ports;
    const [first] = others;
    await lab.start(first ?? 0, ["--found"]).event("listening");
    for (const other of others.slice(1)) lab.start(other, ["--join", `127.0.0.1:${first}`]);
    await open(["--join", `127.0.0.1:${first}`]);
  });
  afterAll(closeAll);

  // Tests leave the screen as they find it; after one that could not, a new screen keeps its failure to itself.
  beforeEach(async () => {
    const screen = await me.screen();
    const home = / \[1 Peers\]/.test(screen) && FOOTER.test(lastLine(screen)) && rowOf(screen, others[0] ?? 0) !== "";
    if (home && screen.split("\n").length >= 40) return;
    await me.close();
    await open();
  });

  test.each(SIZES)(
    "at %ix%i says who it is, who leads, the quorum, the time and how all are",
    async (columns, rows) => {
      await me.resize(columns, rows);
      const screen = await me.until(
        (shown) => FOOTER.test(shown.split("\n")[rows - 2] ?? ""),
        "footer above the last row",
      );
      const [header = "", tabs] = screen.split("\n");
      expect(header).toMatch(new RegExp(`^ ${port} (\\* LEADER|follower|standby)`));
      expect(header).toMatch(/(LEADER|leader \d+)/);
      expect(header).toMatch(/term \d+|T\d+/);
      expect(header).toMatch(ALL_VOTE);
      expect(header).toMatch(/lamport \d+|L\d+/);
      expect(tabs).toMatch(/\[1 Peers\]/);
      for (const other of others) expect(rowOf(screen, other)).toMatch(/healthy 3\/3/);
      expect(rowOf(screen, port)).toMatch(/you/);
      expect(screen).toMatch(/L\d+ .*leader|L\d+ .*promoted/);

      const before = me.written().length;
      await me.keys("C-l");
      await until(
        5000,
        "a whole frame",
        async () => addressedLines(me.written().slice(before)).length >= rows - 1 || undefined,
      );
      for (const { row, width } of addressedLines(me.written().slice(before))) {
        expect(row).toBeLessThan(rows);
        expect(width).toBeLessThanOrEqual(columns);
      }
      await me.resize(120, 40);
      await me.until((shown) => FOOTER.test(shown.split("\n")[38] ?? ""), "footer of the large screen");
    },
  );

  test.each([
    [58, 11],
    [59, 10],
    [20, 5],
  ])("at %ix%i says which size it needs", async (columns, rows) => {
    await me.resize(columns, rows);
    const screen = await me.until(/needs/, "line about the size");
    expect(screen.trim()).toBe(columns < 30 ? "needs 59x11, this i~" : `needs 59x11, this is ${columns}x${rows}`);
    await me.resize(120, 40);
    await me.until(FOOTER_OF_LARGE, "footer");
  });

  test("no size leaves anything of another one behind", async () => {
    for (let step = 0; step < 20; step++) await me.resize(30 + ((step * 37) % 160), 5 + ((step * 17) % 45));
    await me.resize(120, 40);
    const screen = await me.until(FOOTER_OF_LARGE, "footer");
    for (const once of [/╌ Raft ╌/, /╌ Gossip ╌/, /╌ Timeline follow ╌/, /^ {2}PEER .*STATUS/, /q leave/, /lamport \d/])
      expect(count(screen, once)).toBe(1);
    expect(screen.split("\n")[39]).toBe("");
    const shape = (text: string) =>
      text.split("\n").map((line) => line.replace(/[\d.]+|[\u2800-\u28ff]+/g, "#").slice(0, 30));
    const before = me.written().length;
    await me.keys("C-l");
    await until(
      5000,
      "a whole frame",
      async () => addressedLines(me.written().slice(before)).length >= 39 || undefined,
    );
    // Exchanges and the standby change all the time; what a larger screen leaves behind stands elsewhere.
    const fresh = await me.until(FOOTER_OF_LARGE, "footer");
    const blank = (text: string) => shape(text).map((line) => line === "");
    expect(blank(screen)).toEqual(blank(fresh));
  });

  test("the title of the pane says port, role and term", async () => {
    expect(await me.title()).toMatch(new RegExp(`^${port} (follower|LEADER|standby) T\\d+$`));
  });

  test("numbers, letters and Tab go to panels", async () => {
    for (const [key, title] of PANELS) {
      await me.keys(key);
      await me.until(new RegExp(`\\[${key} ${title}\\]`), `focus on ${title}`);
    }
    await me.keys("Tab");
    await me.until(/\[1 Peers\]/, "focus on the first panel");
    await me.keys("BTab");
    await me.until(/\[L Life\]/, "focus on the last panel");
    await me.keys("1");
    await me.until(/\[1 Peers\]/, "focus on the peers");
  });

  test("z zooms a panel and back", async () => {
    await me.keys("3", "z");
    const zoomed = await me.until((screen) => /\[Raft\]/.test(screen) && !/Timeline follow/.test(screen), "only Raft");
    expect(zoomed).toMatch(/zoomed/);
    expect(zoomed).not.toMatch(/PEER .*STATUS/);
    await me.keys("z");
    await me.until(/Timeline follow/, "all panels");
    await me.keys("1");
    await me.until(/\[1 Peers\]/, "focus on the peers");
  });

  test("j and k move the cursor, Enter opens the peer under it, Escape closes it", async () => {
    const rows = [port, ...others].sort((a, b) => a - b);
    await me.keys("g");
    await me.until(new RegExp(`^> ${rows[0]} `, "m"), "cursor on the first row");
    await me.keys("j");
    await me.until(new RegExp(`^> ${rows[1]} `, "m"), "cursor on the second row");
    await me.keys("k");
    await me.until(new RegExp(`^> ${rows[0]} `, "m"), "cursor on the first row again");
    await me.keys("G");
    await me.until(new RegExp(`^> ${rows[2]} `, "m"), "cursor on the last row");
    const target = rows.find((row) => row !== port) ?? 0;
    await me.keys("g", ...(rows[0] === port ? ["j"] : []), "Enter");
    const card = await me.until(/Peer \d+ ╌/, "details");
    expect(card).toMatch(new RegExp(`Peer ${target} `));
    expect(card).toMatch(/ id +[0-9a-f]{16}$/m);
    expect(card).toMatch(new RegExp(`address +127\\.0\\.0\\.1:${target}$`, "m"));
    expect(card).toMatch(/status +healthy, 3 of 3 lives/);
    await me.keys("Escape");
    await me.until(/╌ Raft ╌/, "panels");
  });

  test("/ filters the panel until Escape", async () => {
    const [wanted = 0, other = 0] = others;
    await me.keys("/", String(wanted));
    await me.until((screen) => rowOf(screen, wanted) !== "" && rowOf(screen, other) === "", "one peer only");
    await me.keys("Enter");
    await me.until(
      (screen) => FOOTER.test(lastLine(screen)) && rowOf(screen, other) === "",
      "the filter without its line",
    );
    await me.keys("Escape");
    await me.until((screen) => rowOf(screen, other) !== "", "all peers");
  });

  test(": takes commands with completion and history; :table shows the network table", async () => {
    await me.keys(":", "ta", "Tab");
    await me.until(/^:table _$/m, "completed word");
    await me.keys("Enter");
    const table = await me.until(/Network table/, "network table");
    for (const each of [port, ...others])
      expect(table).toMatch(new RegExp(`127\\.0\\.0\\.1:${each} +${each} +[0-9a-f]{16} (you|healthy)$`, "m"));
    await me.keys("Escape");
    await me.until(/╌ Raft ╌/, "panels");
    await me.keys(":", "Up");
    await me.until(/^:table_$/m, "the line said before");
    await me.keys("C-u", "frobnicate", "Enter");
    await me.until(/no command is called frobnicate/, "what is wrong");
    await me.keys("Escape");
    await me.until((screen) => FOOTER.test(lastLine(screen)), "keys");
  });

  test("? shows keys and commands, j scrolls to the end of them", async () => {
    await me.keys("?");
    const help = await me.until(/Keys and commands/, "help");
    expect(help).toMatch(/\d+ more, j k scroll/);
    await me.keys("G");
    await me.until(/^ +INC +incarnation/m, "end of the help");
    await me.keys("Escape");
    await me.until(/╌ Raft ╌/, "panels");
  });

  test("s sorts by the next column, and comes round", async () => {
    for (const column of ["STATUS", "HEARD", "RTT ms", "LAMPORT"]) {
      await me.keys("s");
      await me.until(new RegExp(`${column} v`), `sorting by ${column}`);
    }
    await me.keys("s");
    await me.until((screen) => !/ v( |$)/m.test(screen.split("\n")[2] ?? ""), "sorting by name");
  });

  test("t tests the peer under the cursor and says what came of it", async () => {
    const target = Math.max(...others);
    const rows = [port, ...others].sort((a, b) => a - b);
    await me.keys("g", ...Array<string>(rows.indexOf(target)).fill("j"));
    await me.until(new RegExp(`^> ${target} `, "m"), "cursor on it");
    await me.keys("t");
    await me.until(new RegExp(`^ : test ${target}  \\S`, "m"), "outcome");
    await me.keys("Escape");
    await me.until((screen) => FOOTER.test(lastLine(screen)), "keys");
  });

  test("p pauses the timeline", async () => {
    await me.keys("4", "p");
    await me.until(/\[Timeline\] paused, \d+ newer/, "pause");
    await me.keys("r");
    await me.until(/\[Timeline\] follow {2}with routine/, "routine events");
    await me.keys("p");
    await me.until(/paused, [1-9]\d* newer/, "newer events that are held back");
    await me.keys("p", "r");
    await me.until(/\[Timeline\] follow ╌/, "follow");
    await me.keys("1");
    await me.until(/\[1 Peers\]/, "focus on the peers");
  });

  test("x in Gossip exchanges IDs", async () => {
    await me.keys("2", "x");
    await me.until(/^ : exchange {2}\S/m, "outcome");
    await me.keys("Escape", "1");
    await me.until((screen) => / \[1 Peers\]/.test(screen) && FOOTER.test(lastLine(screen)), "focus on the peers");
  });

  test("e in Raft shows the last election", async () => {
    await me.keys("3", "e");
    const card = await me.until(/Last election ╌/, "election");
    expect(card).toMatch(/ term +\d+$/m);
    expect(card).toMatch(/ asked +\d+$/m);
    await me.keys("Escape");
    await me.until(/\[Raft\]/, "panels");
    await me.keys("1");
    await me.until(/\[1 Peers\]/, "focus on the peers");
  });
});

const PANELS = [
  ["1", "Peers"],
  ["2", "Gossip"],
  ["3", "Raft"],
  ["4", "Timeline"],
  ["5", "Faults"],
  ["6", "Notices"],
  ["7", "Files"],
  ["8", "Values"],
  ["9", "Order"],
  ["E", "Election"],
  ["M", "Mutex"],
  ["B", "Broker"],
  ["L", "Life"],
] as const;

function FOOTER_OF_LARGE(screen: string): boolean {
  return FOOTER.test(screen.split("\n")[38] ?? "") && / \[1 Peers\]/.test(screen);
}

describe.skipIf(!inject("tmux"))("a peer of its own", () => {
  beforeEach(() => {
    lab = new Lab();
    opened = [];
  });
  afterEach(closeAll);

  const expectRestored = async (terminal: Terminal, code: number) => {
    expect(await terminal.exitCode()).toBe(code);
    expect(await terminal.alternateScreen()).toBe(false);
    expect(await terminal.cursorVisible()).toBe(true);
    expect(await terminal.screen()).not.toMatch(/LEADER|╌/);
  };

  test.each([
    ["q", (terminal: Terminal) => terminal.keys("q")],
    ["Ctrl-C", (terminal: Terminal) => terminal.keys("C-c")],
    ["Ctrl-C while a command is written", (terminal: Terminal) => terminal.keys(":", "ta", "C-c")],
    ["SIGINT", async (terminal: Terminal) => terminal.signal("SIGINT")],
    ["SIGTERM", async (terminal: Terminal) => terminal.signal("SIGTERM")],
    ["SIGHUP", async (terminal: Terminal) => terminal.signal("SIGHUP")],
  ])("gives the terminal back and ends with 0 on %s", async (_what, end) => {
    const terminal = await showAlone();
    expect(await terminal.alternateScreen()).toBe(true);
    expect(await terminal.cursorVisible()).toBe(false);
    await end(terminal);
    await expectRestored(terminal, 0);
  });

  test("gives the terminal back on an error that nobody caught, and shows the error", async () => {
    const [port = 0] = await freePorts(1);
    const thrower = "data:text/javascript,process.on('SIGUSR2',()=>{throw new Error('provoked')})";
    const flags = ["--port", String(port), "--found", "--data-dir", lab.dataOf(port)];
    const terminal = await Terminal.open([process.execPath, "--import", thrower, PROGRAM, ...flags]);
    opened.push(terminal);
    await terminal.until(/LEADER/, "leader");
    terminal.signal("SIGUSR2");
    await expectRestored(terminal, 1);
    expect(await terminal.screen()).toMatch(/Error: provoked/);
  });

  test("NO_COLOR: not one colour is written", async () => {
    const terminal = await showAlone({ env: { NO_COLOR: "1" } });
    for (const [key] of PANELS) await terminal.keys(key);
    await terminal.keys("?");
    await terminal.until(/Keys and commands/, "help");
    await until(5000, "bold text", async () => /\x1b\[1m.*Keys and commands/s.test(terminal.written()) || undefined);
    expect(terminal.written()).not.toMatch(/\x1b\[(?:\d+;)*[349]\d(?:;\d+)*m/);
  });

  test("without NO_COLOR there are colours", async () => {
    const terminal = await showAlone();
    expect(await terminal.styled()).toMatch(/\x1b\[(?:\d+;)*38;5;\d+m/);
  });

  test("--ascii: nothing beyond ASCII is written", async () => {
    const terminal = await showAlone({ env: { LANG: "C" } }, ["--ascii"]);
    for (const [key, title] of PANELS) {
      await terminal.keys(key, "z");
      await terminal.until(new RegExp(`\\[${key} ${title}\\].*zoomed`), `zoomed ${title}`);
      await terminal.keys("z");
    }
    await terminal.keys("?");
    await until(5000, "help", async () => terminal.written().includes("Keys and commands") || undefined);
    expect([...terminal.written()].filter((character) => character > "\x7f")).toEqual([]);
  });

  test("names of others never reach the terminal as they are", async () => {
    const [port = 0, ...others] = await freePorts(4);
    const names = ["\x1b[2J\x1b]0;owned\x07\x1b[31mred", "\u202egnol\u2066\u{e0041}", "東京都庁第一本庁舎展望台"];
    const terminal = await show(port, ["--found"], { columns: 59, rows: 11 });
    await terminal.until(/LEADER/, "leader");
    others.forEach((other, i) => {
      lab.start(other, ["--join", `127.0.0.1:${port}`, "--name", names[i] ?? ""]);
    });
    const linked = (screen: string) => count(screen, /^[ >] .*healthy 3\/3 .* ok$/) === others.length;
    const narrow = await terminal.until(linked, "three healthy peers", 20_000);
    expect(narrow).toMatch(/^[ >] \\u\{1b~ /m);
    expect(narrow).toMatch(/^[ >] 東京/m);
    await terminal.resize(120, 40);
    const screen = await terminal.until((shown) => linked(shown) && FOOTER_OF_LARGE(shown), "the large screen");
    expect(screen).toMatch(/\\u\{1b\}\[2J/);
    expect(screen).toMatch(/\\u\{202e\}gnol/);
    // Every row of the table keeps its columns, wide characters counted as the terminal counts them.
    const written = terminal.written();
    expect(written).not.toMatch(/\x1b\[31m|\x1b\]0;|[\u202e\u2066]|\u{e0041}/u);
    expect(await terminal.title()).toMatch(new RegExp(`^${port} LEADER T\\d+$`));
    const before = written.length;
    await terminal.keys("C-l");
    await until(
      5000,
      "a whole frame",
      async () => addressedLines(terminal.written().slice(before)).length >= 39 || undefined,
    );
    for (const { width } of addressedLines(terminal.written().slice(before))) expect(width).toBeLessThanOrEqual(120);
  });
});

describe.skipIf(!inject("tmux"))("three screens", () => {
  let ports: readonly number[];
  let terminals: Map<number, Terminal>;

  const at = (port: number) => terminals.get(port) as Terminal;
  const leaderOf = async () => {
    const [first = 0] = ports;
    return leaderIn(await at(first).until((screen) => leaderIn(screen, first) !== null, "leader"), first) ?? first;
  };
  const healthyAt = async (port: number, others: readonly number[]) =>
    at(port).until(
      (screen) => others.every((other) => /healthy 3\/3.* ok$/.test(rowOf(screen, other))),
      `all healthy at ${port}`,
      30_000,
    );

  beforeEach(async () => {
    lab = new Lab();
    opened = [];
    ports = await freePorts(3);
    terminals = new Map();
    const [first = 0, ...rest] = ports;
    terminals.set(first, await show(first, ["--found"]));
    await at(first).until(/LEADER/, "founder");
    for (const port of rest) terminals.set(port, await show(port, ["--join", `127.0.0.1:${first}`]));
    for (const port of ports) await at(port).until(ALL_VOTE, "three voters", 30_000);
    for (const port of ports) await healthyAt(port, others(port));
  });
  afterEach(closeAll);

  const others = (port: number) => ports.filter((other) => other !== port);

  test("show the kill of the leader, its successor and why, and its return from its disk", async () => {
    const old = await leaderOf();
    const rest = others(old);
    at(old).signal("SIGKILL");
    expect(await at(old).exitCode()).toBe(137);
    await at(old).close();
    const successors = await Promise.all(
      rest.map(async (port) => {
        const screen = await at(port).until(
          (shown) => leaderIn(shown, port) !== null && leaderIn(shown, port) !== old,
          "new leader",
          10_000,
        );
        return leaderIn(screen, port);
      }),
    );
    expect(new Set(successors).size).toBe(1);
    expect(rest).toContain(successors[0]);
    const lost = new RegExp(`^ L\\d+ +\\* ${old} +no longer leader of term \\d+ +because \\S`, "m");
    for (const port of rest) {
      await at(port).until(lost, "why the leader is one no more");
      await at(port).until((shown) => /(unhealthy|at risk).*down$/.test(rowOf(shown, old)), "its trouble", 10_000);
      await at(port).until(/quorum 2\/3/, "quorum without it", 10_000);
    }
    const votes = /^ L\d+ +\* you +leader of term \d+ \(2\/3 votes in .*because \S/m;
    expect(await at(successors[0] ?? 0).screen()).toMatch(votes);
    const back = await show(old, []);
    terminals.set(old, back);
    await back.until(ALL_VOTE, "quorum of three", 30_000);
    for (const port of rest) await healthyAt(port, [old]);
  });

  test("show a stopped follower as in trouble at the smallest size, and healthy when it goes on", async () => {
    const leader = await leaderOf();
    const [follower = 0, witness = 0] = others(leader);
    await at(witness).resize(59, 11);
    at(follower).signal("SIGSTOP");
    await at(witness).until((screen) => /at risk [12]\/3/.test(rowOf(screen, follower)), "peer at risk", 10_000);
    await at(witness).until((screen) => /unhealthy/.test(rowOf(screen, follower)), "unhealthy peer", 15_000);
    at(follower).signal("SIGCONT");
    await healthyAt(witness, [follower]);
    await at(witness).until(ALL_VOTE, "quorum of three");
  });

  test("T in Raft hands leadership over", async () => {
    const leader = await leaderOf();
    await at(leader).keys("3", "T");
    await at(leader).until(/^ : transfer/m, "echo of the command");
    for (const port of ports) {
      const changed = (screen: string) => leaderIn(screen, port) !== null && leaderIn(screen, port) !== leader;
      await at(port).until(changed, "another leader");
    }
  });

  test("q asks before it costs the others their quorum; only y says yes", async () => {
    const leader = await leaderOf();
    const [victim = 0, leaver = 0] = others(leader);
    at(victim).signal("SIGKILL");
    await at(leaver).until(/quorum 2\/3/, "lost voter", 20_000);
    await at(leaver).resize(59, 11);
    for (const no of ["n", "q", "Enter"]) {
      await at(leaver).keys("q");
      await at(leaver).until(/lose their quorum[\s\S]*y = leave,\s+any\s+other\s+key\s+=\s+no/, "whole question");
      await at(leaver).keys(no);
      await at(leaver).until((screen) => !/lose their quorum/.test(screen), "end of the question");
    }
    await at(leaver).keys("q");
    await at(leaver).until(/lose their quorum/, "question");
    await at(leaver).keys("y");
    expect(await at(leaver).exitCode()).toBe(0);
    expect(await at(leaver).alternateScreen()).toBe(false);
    await at(leader).until(/NO QUORUM \d\/\d|quorum 1\/1/, "what became of the quorum");
  });
});
