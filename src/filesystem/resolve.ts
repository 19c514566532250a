import { resolve } from "node:path";
import { ConfigError } from "../core/errors.ts";
import type { FileSystem } from "./file-system.ts";
import { LocalFileSystem } from "./local-file-system.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";

/** A file system, and a path in it. */
export interface ResolvedFile {
  readonly fileSystem: FileSystem;
  readonly path: string;
}

const factories = new Map<string, () => FileSystem>([
  ["file", () => new LocalFileSystem()],
  ["memory", () => new MemoryFileSystem()],
]);
/** One instance per scheme and thread: `memory:` would otherwise forget at once. */
const opened = new Map<string, FileSystem>();

/**
 * The file system and path that `uri` means: `file:///abs`, `file:/abs`, `memory:///abs`, another registered scheme, or a plain path
 * of the local disk, made absolute. Characters stand for themselves; `%20` is not a space, so a path and its URI read alike.
 *
 * @throws {ConfigError} `FILESYSTEM_UNKNOWN` for a scheme that is not registered, `CONFIG_INVALID` for a file on another host.
 */
export function resolveUri(uri: string): ResolvedFile {
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]+):(.*)$/s.exec(uri);
  if (match === null) {
    if (uri === "") throw new ConfigError("CONFIG_INVALID", { message: "an empty text is not a path or URI." });
    return { fileSystem: fileSystemOf("file", uri), path: resolve(uri) };
  }
  const scheme = match[1]!.toLowerCase();
  const fileSystem = fileSystemOf(scheme, uri);
  return { fileSystem, path: scheme === "file" ? localPath(uri, match[2]!) : absolutePath(match[2]!) };
}

/** Makes URIs of `scheme` resolve to what `factory` makes; it is called once, at first use. Replaces an earlier one. */
export function registerFileSystem(scheme: string, factory: () => FileSystem): void {
  factories.set(scheme.toLowerCase(), factory);
  opened.delete(scheme.toLowerCase());
}

/** How a person names `path` of `fileSystem`; `resolveUri` understands it. */
export function uriOf(fileSystem: FileSystem, path: string): string {
  return `${fileSystem.scheme}://${path}`;
}

function fileSystemOf(scheme: string, uri: string): FileSystem {
  let fileSystem = opened.get(scheme);
  if (fileSystem === undefined) {
    const factory = factories.get(scheme);
    if (factory === undefined) {
      const known = [...factories.keys()].map((name) => `${name}:`).join(", ");
      throw new ConfigError("FILESYSTEM_UNKNOWN", {
        message: `"${uri}" names a file system "${scheme}:" that is not known.`,
        advice: `Known are ${known}. Use one of them, or register it with registerFileSystem("${scheme}", ...).`,
        facts: { scheme },
      });
    }
    fileSystem = factory();
    opened.set(scheme, fileSystem);
  }
  return fileSystem;
}

/** `///abs` and `/abs` are a path of this machine; `//host/abs` names another one, except for localhost. */
function localPath(uri: string, rest: string): string {
  const path = rest.replace(/^\/\/(localhost)?(?=\/)/, "");
  if (!path.startsWith("/") || path.startsWith("//")) {
    throw new ConfigError("CONFIG_INVALID", {
      message: `"${uri}" does not name an absolute path of this machine.`,
      advice: "Write three slashes and the absolute path, as in file:///var/lib/job, or the plain path without file:.",
    });
  }
  return resolve(path);
}

/** `//a/b`, `///a/b` and `/a/b` are all `/a/b`. */
function absolutePath(rest: string): string {
  return resolve("/", rest.replace(/^\/*/, "/"));
}
