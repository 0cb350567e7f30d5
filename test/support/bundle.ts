import { basename, join } from "node:path";
import { build } from "esbuild";

/** Bundles a TypeScript program into one file of `directory` that plain node runs; the path of that file. */
export async function bundleProgram(entry: string, directory: string): Promise<string> {
  const outfile = join(directory, `${basename(entry, ".ts")}.mjs`);
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", target: "node20" });
  return outfile;
}
