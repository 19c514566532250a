import { resolve } from "node:path";
import { ConfigError } from "../core/errors.ts";
import type { FileSystem } from "./file-system.ts";
import { HdfsFileSystem } from "./hdfs/hdfs-file-system.ts";
import { LocalFileSystem } from "./local-file-system.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";
import { S3FileSystem } from "./s3/s3-file-system.ts";
import type { S3Settings } from "./s3/s3-settings.ts";

/** A file system, and a path in it. */
export interface ResolvedFile {
  readonly fileSystem: FileSystem;
  readonly path: string;
}

/** How file systems that need it are reached. */
export interface FileSystemSettings {
  readonly s3?: S3Settings;
}

let settings: FileSystemSettings = {};

const factories = new Map<string, () => FileSystem>([
  ["file", () => new LocalFileSystem()],
  ["memory", () => new MemoryFileSystem()],
  ["s3", () => new S3FileSystem(settings.s3)],
  ["s3a", () => new S3FileSystem(settings.s3, { scheme: "s3a" })],
  ["hdfs", () => new HdfsFileSystem()],
  ["webhdfs", () => new HdfsFileSystem({ scheme: "webhdfs" })],
]);
/** Schemes whose URIs name a host or bucket first: it becomes the first part of the path. */
const WITH_AUTHORITY: ReadonlySet<string> = new Set(["s3", "s3a", "hdfs", "webhdfs"]);
/** One instance per scheme and thread: `memory:` would otherwise forget at once. */
const opened = new Map<string, FileSystem>();

/**
 * The file system and path that `uri` means: `file:///abs`, `file:/abs`, `memory:///abs`, `s3://bucket/key`, `hdfs://namenode:9870/abs`,
 * another registered scheme, or a plain path of the local disk, made absolute. Characters stand for themselves; `%20` is not a space, so a path and its URI read alike.
 *
 * @throws {ConfigError} `FILESYSTEM_UNKNOWN` for a scheme that is not registered, `CONFIG_INVALID` for a file on another host, or a URI
 * of S3 without a bucket or of HDFS without a host.
 */
export function resolveUri(uri: string): ResolvedFile {
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]+):(.*)$/s.exec(uri);
  if (match === null) {
    if (uri === "") throw new ConfigError("CONFIG_INVALID", { message: "an empty text is not a path or URI." });
    return { fileSystem: fileSystemOf("file", uri), path: resolve(uri) };
  }
  const scheme = match[1]!.toLowerCase();
  const fileSystem = fileSystemOf(scheme, uri);
  if (WITH_AUTHORITY.has(scheme) && !/^\/\/[^/]/.test(match[2]!)) throw withoutAuthority(uri, scheme);
  return { fileSystem, path: scheme === "file" ? localPath(uri, match[2]!) : absolutePath(match[2]!) };
}

/** Makes URIs of `scheme` resolve to what `factory` makes; it is called once, at first use. Replaces an earlier one. */
export function registerFileSystem(scheme: string, factory: () => FileSystem): void {
  factories.set(scheme.toLowerCase(), factory);
  opened.delete(scheme.toLowerCase());
}

/**
 * Takes settings for the file systems of this thread; what is left out stays as it is. Files that are open already go on as they began.
 * They are the thread's and not a job's, since a URI means the same in every job.
 */
export function configureFileSystems({ s3 }: FileSystemSettings): void {
  if (s3 === undefined || Object.keys(s3).length === 0) return;
  const changed = { ...settings.s3, ...s3 };
  if (JSON.stringify(changed) === JSON.stringify(settings.s3)) return;
  settings = { ...settings, s3: changed };
  for (const scheme of ["s3", "s3a"]) if (opened.get(scheme) instanceof S3FileSystem) opened.delete(scheme);
}

/** How a person names `path` of `fileSystem`; `resolveUri` understands it. */
export function uriOf(fileSystem: FileSystem, path: string): string {
  // The path's first slash is the second one of "s3://bucket".
  return `${fileSystem.scheme}:${WITH_AUTHORITY.has(fileSystem.scheme) ? "/" : "//"}${path}`;
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

function withoutAuthority(uri: string, scheme: string): ConfigError {
  const [what, example] = scheme.startsWith("s3")
    ? ["bucket", "my-bucket/flights"]
    : ["NameNode", "namenode:9870/flights"];
  return new ConfigError("CONFIG_INVALID", {
    message: `"${uri}" names no ${what}.`,
    advice: `Write two slashes, the ${what} and the path, as in ${scheme}://${example}.`,
    facts: { uri },
  });
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
