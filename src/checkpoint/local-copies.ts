import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { copyFile, link } from "node:fs/promises";
import { join, posix } from "node:path";
import { crc32 } from "../codec/crc32.ts";
import { chunksOf } from "./local-chunks.ts";
import type { BytesHandle } from "./snapshot.ts";

type FileHandle = Extract<BytesHandle, { readonly kind: "file" }>;

/**
 * Links to files that one subtask of an operator has uploaded, named after where they were put: a restart on the same machine takes them
 * from here. What they hold is checked, and a copy that is missing costs no more than the download.
 */
export class LocalCopies {
  readonly #folder: string;
  readonly #owner: string;
  /** Those in use, by job folder. */
  readonly #folders = new Set<string>();
  #ended = false;

  /**
   * @param folder - For the copies of all subtasks of this process.
   * @param owner - Tells them apart, e.g. "<operator>-<subtask>".
   */
  constructor(folder: string, owner: string) {
    this.#folder = folder;
    this.#owner = owner;
  }

  /** Keeps the file at `path` as what `data` refers to in checkpoint `location`. */
  keep(location: string, data: FileHandle, path: string): void {
    if (this.#ended) return;
    try {
      const copy = this.#pathOf(location, data);
      mkdirSync(join(copy, ".."), { recursive: true });
      linkSync(path, copy);
    } catch {
      // It is there already, or this disk cannot keep one: then a restore downloads it.
    }
  }

  /**
   * Makes `target` of the copy.
   *
   * @param mayChange - Whether whoever gets it may write to it.
   */
  async take(
    location: string,
    data: FileHandle,
    target: string,
    mayChange: boolean,
  ): Promise<"taken" | "missing" | "damaged"> {
    const copy = this.#pathOf(location, data);
    try {
      let length = 0;
      let checksum = 0;
      for await (const chunk of chunksOf(copy)) {
        length += chunk.byteLength;
        checksum = crc32(chunk, checksum);
      }
      if (length !== data.length || checksum !== data.crc32) {
        remove(copy);
        return "damaged";
      }
      await (mayChange ? copyFile(copy, target) : link(copy, target));
      return "taken";
    } catch {
      // A folder that cannot be read or linked from is as good as an empty one.
      return "missing";
    }
  }

  /** Removes all copies but those of what `kept` lists. */
  retain(kept: Iterable<readonly [location: string, data: FileHandle]>): void {
    const paths = new Set([...kept].map(([location, data]) => this.#pathOf(location, data)));
    for (const folder of this.#folders) {
      for (const name of namesIn(folder)) {
        const path = join(folder, name);
        if (!paths.has(path)) remove(path);
      }
    }
  }

  /** The state is not needed any more. */
  end(): void {
    this.#ended = true;
    for (const folder of this.#folders) remove(folder);
    try {
      rmdirSync(this.#folder);
    } catch {
      // Other subtasks have copies in it, or it has never been made.
    }
  }

  #pathOf(location: string, { file }: FileHandle): string {
    const folder = join(this.#folder, `${digest(posix.dirname(location))}-${this.#owner}`);
    this.#folders.add(folder);
    return join(folder, digest(posix.join(location, file)));
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It goes with the folder of this process.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
