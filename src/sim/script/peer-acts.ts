import type { Cast } from "./cast.ts";
import { withWords } from "./palette-line.ts";
import type { Act, Play } from "./play.ts";
import { areListed, type Coming, type Name, type Statement } from "./script.ts";
import { happening, inWords } from "./told.ts";

type Of<View, Kind extends Statement["kind"]> = Extract<Statement<View>, { readonly kind: Kind }>;

/** Why something cannot be done to a peer; null where it can. */
type Obstacle = (name: Name) => string | null;

/** Starts peers, each once in a script. */
export function start<View>({ peers, coming }: Of<View, "start">, cast: Cast<View>, { stage, sight }: Play<View>): Act {
  const told = withNames(coming, cast);
  const obstacle: Obstacle = (name) => (sight.scene.names.includes(name) ? `${name} was started before` : null);
  return () => toEach(peers, obstacle, (name) => stage.start(name, told));
}

function withNames<View>(coming: Coming, cast: Cast<View>): Coming {
  if (coming.kind === "join") return { kind: "join", via: cast.many(coming.via) };
  if (coming.kind === "life") return { ...coming, at: coming.at === "vip" ? "vip" : cast.many(coming.at) };
  if (coming.kind === "client") return { ...coming, of: cast.many(coming.of) };
  return coming.kind === "critic" ? { kind: "critic", of: cast.one(coming.of) } : coming;
}

/** Does something to peers. Of all peers it is done to those to whom it can be. */
export function onPeers<View>(
  statement: Of<View, "crash" | "recover" | "pause" | "resume" | "leave" | "disk" | "clock" | "worker">,
  cast: Cast<View>,
  { stage, sight }: Play<View>,
): Act {
  const runs: Obstacle = (name) => (sight.scene.view(name) === null ? `${name} does not run` : null);
  const rests: Obstacle = (name) => (sight.scene.view(name) === null ? null : `${name} runs`);
  const to = (obstacle: Obstacle, act: (name: Name) => Promise<void> | void): Act => {
    const named = cast.many(statement.peers);
    return () => {
      const peers = areListed(statement.peers) ? named : named.filter((name) => obstacle(name) === null);
      return toEach(peers, obstacle, act);
    };
  };
  switch (statement.kind) {
    case "crash":
      return to(runs, (name) => stage.crash(name, statement.tear));
    case "recover":
      return to(rests, (name) => stage.recover(name));
    case "pause":
      return to(runs, (name) => stage.pause(name));
    case "resume":
      return to(runs, (name) => stage.resume(name));
    case "leave":
      return to(runs, (name) => stage.leave(name));
    case "disk":
      return to(anyway, (name) => stage.disk(name, statement.change));
    case "clock":
      return to(anyway, (name) => stage.clock(name, statement.change));
    case "worker":
      return to(anyway, (name) => stage.slow(name, statement.slowness));
  }
}

/** Says a line of the palette at a peer; names that only the script knows become ports. */
export function enter<View>(statement: Of<View, "entry">, cast: Cast<View>, play: Play<View>): Act {
  const peer = cast.one(statement.peer);
  const line = withWords(statement.text, (word) => cast.word(word));
  return async () => {
    if (play.sight.scene.view(peer) === null) return [`${peer} does not run`];
    const { ok, text } = await play.stage.enter(peer, line);
    if (ok === (statement.inVain === true)) return [ok ? `it was done: ${text}` : text];
    if (text !== "") play.tell(`${peer} answers: ${text}`);
    return [];
  };
}

/** Hands what a closure answers to the peers that it names. */
export function deliver<View>(call: Of<View, "call">["call"], play: Play<View>): Act {
  return async () => {
    for (const delivery of call(play.sight.scene)) {
      const cast = play.cast();
      const peer = cast.one(delivery.peer);
      if (cast.missing !== null) return [cast.missing];
      const { scene } = play.sight;
      play.tell(happening(scene.now, [peer], `given ${inWords(delivery.message, scene)}`));
      await play.stage.deliver({ ...delivery, peer });
    }
    return [];
  };
}

const anyway: Obstacle = () => null;

/** One after the other; what cannot be done is wrong, and the others get it nevertheless. */
async function toEach(
  peers: readonly Name[],
  obstacle: Obstacle,
  act: (name: Name) => Promise<void> | void,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const name of peers) {
    const reason = obstacle(name);
    if (reason === null) await act(name);
    else wrong.push(reason);
  }
  return wrong;
}
