/**
 * Builds dist: the program and what programs import as ES modules with everything they need inside, so that an installed
 * package has no dependencies, the types of the latter, and the licences of what is inside. Writes only files that changed, each in one step, because npm may
 * build again while peers are running from dist.
 */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { declarations } from "./declarations.mjs";

const root = import.meta.dirname;
const dist = join(root, "dist");
const program = join(dist, "p2p-node.js");

/** Replaces the content of modules whose path matches: `contentOf` is given the path. */
const replaced = (name, filter, contentOf) => ({
  name,
  setup: ({ onLoad }) => onLoad({ filter }, async ({ path }) => ({ contents: await contentOf(path) })),
});

const plugins = [
  // ink connects to React's development tools when DEV is set; they are no part of this program.
  replaced("without development tools", /[\\/]ink[\\/]build[\\/]devtools\.js$/, () => ""),
  // yoga decodes its WebAssembly by fetching a data URL where there is a fetch, and the first fetch costs 30 ms.
  replaced(
    "without fetch",
    /[\\/]yoga-wasm-base64-esm\.js$/,
    async (path) => `const fetch = undefined;\n${await readFile(path, "utf8")}`,
  ),
];

async function bundle() {
  return build({
    absWorkingDir: root,
    // Threads, and the process that listens on the virtual address, begin in files of their own; programs import the client.
    entryPoints: {
      "p2p-node": "src/cli/main.ts",
      "swarm-worker": "src/cli/swarm-worker.ts",
      "labour-worker": "src/cli/labour-worker.ts",
      guardian: "src/runtime/virtual-address/guardian.ts",
      client: "src/client/connect.ts",
    },
    outdir: dist,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    // CommonJS packages call require for the modules of Node.
    banner: { js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);' },
    legalComments: "none",
    metafile: true,
    write: false,
    plugins,
  });
}

/** The folders of the packages that ended up in the bundle. */
function bundledPackages(metafile) {
  const folders = new Set();
  for (const output of Object.values(metafile.outputs)) {
    for (const input of Object.keys(output.inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
      if (folder !== undefined) folders.add(folder);
    }
  }
  return [...folders].sort();
}

async function licenceOf(folder) {
  const { name, version, license, author } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
  const file = (await readdir(join(root, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file === undefined ? await standardText(name, license, author) : await readFile(join(root, folder, file), "utf8");
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}

/** For packages that name the MIT licence but ship no copy of it: its text, as in our own, under their author's name. */
async function standardText(name, license, author) {
  if (license !== "MIT") throw new Error(`${name} ships no licence text; add one before bundling it`);
  const own = await readFile(join(root, "LICENSE"), "utf8");
  const holder = author?.name ?? author ?? `the authors of ${name}`;
  return own.replace(/^Copyright .*$/m, `Copyright (c) ${holder}`);
}

async function writeChanged(path, contents) {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.draft`;
  await writeFile(draft, contents);
  if (path === program) await chmod(draft, 0o755);
  await rename(draft, path);
}

// By then esbuild has said what is wrong.
const { outputFiles, metafile } = await bundle().catch(() => process.exit(1));
const licences = await Promise.all(bundledPackages(metafile).map(licenceOf));
const files = new Map([
  ...outputFiles.map(({ path, contents }) => [path, Buffer.from(contents)]),
  ...(await declarations(join(root, "src"), "client/connect.ts", join(dist, "types"))),
]);
files.set(join(dist, "THIRD-PARTY-LICENSES.txt"), Buffer.from(licences.join(`\n${"-".repeat(80)}\n\n`)));
const main = files.get(program);
// The last one, so that it never names a chunk that is not there yet.
files.delete(program);
files.set(program, Buffer.concat([Buffer.from("#!/usr/bin/env node\n"), main]));
for (const [path, contents] of files) await writeChanged(path, contents);
for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !files.has(path) && !path.endsWith(".draft")) await rm(path, { force: true });
}
