import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import ts from "typescript";
import { type Mutation, sown } from "../mutations/mutant.ts";

/** The program that explores. */
const MAIN = "test/exploration/main.ts";

/** A bug that is sown into the sources. */
export type Bug = Omit<Mutation, "seeds">;

/**
 * Bundles the program that explores so that plain node runs it, with the private fields of all machines open: only then
 * can it tell whether two of them are in the same state.
 */
export async function buildExploration(outfile: string, bug: Bug | null = null): Promise<void> {
  const plugins = [opening(bug)];
  await build({
    entryPoints: [MAIN],
    outfile,
    plugins,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
}

function opening(bug: Bug | null): Plugin {
  const root = join(process.cwd(), "src/");
  return {
    name: "open-fields",
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!path.startsWith(root)) return undefined;
        const source = await readFile(path, "utf8");
        const isBuggy = bug !== null && path === join(process.cwd(), bug.file);
        return { contents: withOpenFields(isBuggy ? sown(source, bug) : source), loader: "ts" };
      });
    },
  };
}

/**
 * A source in which every private name is an ordinary one that nobody else has. Nothing else changes; a class that is
 * derived from another must not have a private name in common with it, and in these sources none does.
 */
function withOpenFields(source: string): string {
  const names: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.ES2023);
  const visit = (node: ts.Node): void => {
    if (ts.isPrivateIdentifier(node)) names.push({ start: node.getStart(file), end: node.end, text: node.text });
    ts.forEachChild(node, visit);
  };
  visit(file);
  let open = source;
  for (const { start, end, text } of names.toReversed())
    open = `${open.slice(0, start)}__${text.slice(1)}${open.slice(end)}`;
  return open;
}
