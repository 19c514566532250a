import { type FSWatcher, readdirSync, watch } from "node:fs";
import { extname, join, sep } from "node:path";

const SOURCES: ReadonlySet<string> = new Set([".ts", ".mts", ".js", ".mjs", ".json"]);

/**
 * Calls `onSaved` whenever a source in `folder` or below it is saved, with its path or that of a new folder that holds it; packages and
 * hidden files do not count. It watches folders and no files: many editors put a new file in the place of the old one, and what watches
 * the old one, as Node's own recursive watching does on Linux, hears of no save after the first.
 *
 * @returns a function that ends it.
 */
export function watchSources(folder: string, onSaved: (path: string) => void): () => void {
  const watchers = new Map<string, FSWatcher>();

  /** @returns whether there are sources in it. */
  const add = (path: string): boolean => {
    watchers.set(
      path,
      watch(path, (event, name) => {
        if (name === null || !counts(name)) return;
        if (isSource(name)) onSaved(join(path, name));
        // What is made after a folder has appeared, and before it is watched, is found in it.
        else if (event === "rename" && addAnew(join(path, name))) onSaved(join(path, name));
      }).on("error", () => remove(path)),
    );
    let holdsSources = false;
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (!counts(entry.name)) continue;
      if (entry.isDirectory()) holdsSources = addAnew(join(path, entry.name)) || holdsSources;
      else holdsSources ||= isSource(entry.name);
    }
    return holdsSources;
  };

  /** A folder that has appeared, gone, or taken another one's place. */
  const addAnew = (path: string): boolean => {
    remove(path);
    try {
      return add(path);
    } catch (error) {
      // It is a file, has gone again, or is none of ours.
      if (["ENOTDIR", "ENOENT", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) {
        remove(path);
        return false;
      }
      throw error;
    }
  };

  const remove = (path: string): void => {
    for (const [watched, watcher] of watchers) {
      if (watched !== path && !watched.startsWith(path + sep)) continue;
      watcher.close();
      watchers.delete(watched);
    }
  };

  add(folder);
  return () => remove(folder);
}

function counts(name: string): boolean {
  return name !== "node_modules" && !name.startsWith(".");
}

function isSource(name: string): boolean {
  return SOURCES.has(extname(name));
}
