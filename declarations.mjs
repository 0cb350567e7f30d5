import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

const compilerOptions = { stripInternal: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext };

/** A module that the declarations of another name. */
const IMPORTED = /(?<= from ")\.[^"]+(?=\.ts")/g;

/**
 * The declarations of a module of `source` and of all that they name, by their paths in `target`. Each file is read on its own
 * and nothing is checked, which the lint step does: that takes a tenth of the time, and a build comes with every install.
 */
export async function declarations(source, entry, target) {
  const files = new Map();
  const wanted = [join(source, entry)];
  for (const path of wanted) {
    const { outputText, diagnostics } = ts.transpileDeclaration(await readFile(path, "utf8"), {
      fileName: path,
      reportDiagnostics: true,
      compilerOptions,
    });
    for (const { messageText } of diagnostics ?? []) {
      throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
    }
    for (const [name] of outputText.matchAll(IMPORTED)) {
      const next = `${join(dirname(path), name)}.ts`;
      if (!wanted.includes(next)) wanted.push(next);
    }
    const place = join(target, relative(source, path)).replace(/\.ts$/, ".d.ts");
    files.set(place, Buffer.from(outputText.replace(/(?<= from "\.[^"]+)\.ts"/g, '.js"')));
  }
  return files;
}
