import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnvironment } from "../support/processes.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/** A program that imports the client: nobody listens where it asks. */
const PROGRAM_TEXT = `
import { type Band, blankBand, connect, flip, type Pool, PoolError, type Standing } from "p2p-node";

const board: Band = blankBand(16);
flip(board, 1, 1);

export async function follow(pool: Pool): Promise<Standing | undefined> {
  let latest: Standing | undefined;
  for await (const standing of pool.follow(await pool.begin({ board, turns: 9 }))) latest = standing;
  return latest;
}

try {
  await connect("127.0.0.1:9", { timeoutMs: 100 });
} catch (error) {
  if (error instanceof PoolError) console.log(error.code, error.mayHaveHappened);
}
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "p2p-node-test-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a command of npm with a registry that cannot be reached: what it finds is ours, never another's package. */
function npm(command: "npm" | "npx", words: readonly string[], cwd = process.cwd()) {
  const env: NodeJS.ProcessEnv = { ...cleanEnvironment() };
  for (const name of Object.keys(env)) if (/^npm_/i.test(name)) delete env[name];
  const offline = {
    npm_config_registry: "http://127.0.0.1:9/",
    npm_config_cache: join(directory, "cache"),
    npm_config_fetch_retries: "0",
    npm_config_update_notifier: "false",
    npm_config_fund: "false",
    npm_config_audit: "false",
  };
  const { status, stdout, stderr } = spawnSync(command, words, {
    encoding: "utf8",
    cwd,
    env: { ...env, ...offline },
    timeout: 50_000,
  });
  return { status, stdout, stderr };
}

describe("the program", () => {
  test("is what npx p2p-node runs in the checkout", () => {
    expect(npm("npx", ["p2p-node", "--version"])).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  test("installs from its tarball into another folder, with nothing else, and runs there", () => {
    const packed = npm("npm", ["pack", "--pack-destination", directory]);
    expect(packed).toMatchObject({ status: 0 });
    const tarball = readdirSync(directory).find((name) => name.endsWith(".tgz")) ?? "";
    const elsewhere = join(directory, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "package.json"), "{}");
    expect(npm("npm", ["install", join(directory, tarball)], elsewhere)).toMatchObject({ status: 0 });
    const modules = readdirSync(join(elsewhere, "node_modules")).filter((name) => !name.startsWith("."));
    expect(modules).toEqual(["p2p-node"]);
    expect(npm("npx", ["p2p-node", "--version"], elsewhere)).toMatchObject({ status: 0, stdout: `${version}\n` });
    const files = readdirSync(join(elsewhere, "node_modules", "p2p-node"));
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "dist", "package.json"]));
    expect(files).not.toContain("src");
    // What programs import is there, and so are its types, which need nothing besides.
    writeFileSync(join(elsewhere, "program.mts"), PROGRAM_TEXT);
    const compiler = join(process.cwd(), "node_modules", "typescript", "bin", "tsc");
    const words = ["--strict", "--module", "nodenext", "--target", "es2023", "--lib", "es2023,dom", "program.mts"];
    const compiled = spawnSync(process.execPath, [compiler, ...words], {
      encoding: "utf8",
      cwd: elsewhere,
      timeout: 50_000,
    });
    expect(compiled).toMatchObject({ status: 0, stdout: "" });
    const ran = spawnSync(process.execPath, ["program.mjs"], { encoding: "utf8", cwd: elsewhere, timeout: 10_000 });
    expect(ran).toMatchObject({ status: 0, stdout: "unreachable false\n" });
  });
});
