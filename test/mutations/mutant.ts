import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Topic } from "../../src/sim/swarm/draw-agreement.ts";

/** A bug, sown into the sources by changing one place in one file. */
export interface Mutation {
  /** What the bug is, as whoever made it would say. */
  readonly name: string;
  /** From the project's root. */
  readonly file: string;
  /** What stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Within so many seeds, from 1 on, the swarm must find it. */
  readonly seeds: number;
  /** A seed of those that has found it: it is played first, the others where it finds nothing any more. */
  readonly foundBy?: number;
  /** What the peers of those seeds agree by; by default as usual. */
  readonly topic?: Topic;
}

/** What the swarm found. */
export interface Found {
  /** Null where it found nothing. */
  readonly seed: number | null;
  readonly invariant?: string;
  readonly text?: string;
}

/** Peers of the worlds in which bugs are hunted: few, so that it goes quickly. */
const PEERS = ["3", "5"] as const;

const run = promisify(execFile);

/** Builds the swarm with a bug, or without one, and lets it look for what breaks. */
export async function hunt(mutation: Mutation | null, seeds: number, directory: string): Promise<Found> {
  const outfile = join(directory, `${(mutation?.name ?? "sound").replace(/[^a-z0-9]+/gi, "-")}.mjs`);
  await build({
    entryPoints: ["test/mutations/hunt.ts"],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
    plugins: mutation === null ? [] : [sowing(mutation)],
  });
  const { stdout } = await run(process.execPath, [
    outfile,
    String(seeds),
    ...PEERS,
    String(mutation?.foundBy ?? 1),
    topicOf(mutation),
  ]);
  return JSON.parse(stdout) as Found;
}

/** Where there is no bug, nothing may be found whatever the peers agree by. */
function topicOf(mutation: Mutation | null): Topic | "any" {
  return mutation === null ? "any" : (mutation.topic ?? "usual");
}

/** The source of a mutation's file with the bug in it. */
async function mutated(mutation: Mutation): Promise<string> {
  return sown(await readFile(mutation.file, "utf8"), mutation);
}

/**
 * A source with a bug in it.
 *
 * @throws Error where what is to be changed does not stand there exactly once
 */
export function sown(source: string, { file, find, replace }: Omit<Mutation, "seeds">): string {
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`${file} holds ${places} times: ${find}`);
  return source.replace(find, () => replace);
}

/** Sows a bug into what is built. */
export function sowing(mutation: Mutation): import("esbuild").Plugin {
  const path = join(process.cwd(), mutation.file);
  return {
    name: "mutation",
    setup: ({ onLoad, onEnd }) => {
      let isSown = false;
      onLoad({ filter: /\.ts$/ }, async (loaded) => {
        if (loaded.path !== path) return undefined;
        isSown = true;
        return { contents: await mutated(mutation), loader: "ts" };
      });
      onEnd(() => {
        if (!isSown) throw new Error(`${mutation.file} is no part of what is built`);
      });
    },
  };
}
