import { MillraceError } from "../../core/errors.ts";
import type { FileSystem } from "../../filesystem/file-system.ts";
import { resolveUri, uriOf } from "../../filesystem/resolve.ts";
import type { FoundFile } from "./file-split.ts";

/**
 * The files that `roots` name, sorted by URI, each once: a file itself, a folder's files at any depth. In folders, names that start
 * with `.` or `_`, and `*.inprogress`, are passed over: that is how unfinished output of others looks.
 *
 * @throws {MillraceError} `FILE_NOT_FOUND` when a root does not exist.
 */
export async function findFiles(roots: readonly string[]): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const root of roots) {
    const { fileSystem, path } = resolveUri(root);
    const status = await fileSystem.stat(path);
    if (status === undefined) throw missing(root, path);
    const files = status.kind === "file" ? [status] : await filesUnder(fileSystem, path);
    for (const file of files) {
      const uri = uriOf(fileSystem, file.path);
      found.set(uri, { uri, length: file.length });
    }
  }
  return [...found.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1));
}

async function filesUnder(
  fileSystem: FileSystem,
  folder: string,
): Promise<{ readonly path: string; readonly length: number }[]> {
  const files = [];
  for (const entry of await fileSystem.list(folder)) {
    if (isUnfinished(entry.path)) continue;
    if (entry.kind === "file") files.push(entry);
    else files.push(...(await filesUnder(fileSystem, entry.path)));
  }
  return files;
}

function isUnfinished(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.startsWith(".") || name.startsWith("_") || name.endsWith(".inprogress");
}

function missing(root: string, path: string): MillraceError {
  return new MillraceError("FILE_NOT_FOUND", {
    message: `the file source's path "${root}" does not exist${root === path ? "" : ` (looked for ${path})`}.`,
    advice: "Check the path; a relative one starts at the folder in which the process was started.",
    facts: { root, path },
  });
}
