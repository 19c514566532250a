import { MillraceError } from "../../core/errors.ts";
import { resolveUri } from "../../filesystem/resolve.ts";
import type { CommitContext, Committer, SinkWriterContext } from "../sink.ts";
import type { FileCommittable } from "./file-sink-writer.ts";

/** Counts finished files that a restored checkpoint names and that are no longer there under any of their names. */
export const FILES_TAKEN_AWAY = "numFilesTakenAway";

/** Gives closed files their names. A file that has its name already is left as it is. */
export class FileCommitter implements Committer<FileCommittable> {
  readonly #context: Pick<SinkWriterContext, "counter">;
  /** What a commit that failed half-way had published: whoever waits for the files may have taken them before the next try. */
  readonly #published = new Set<string>();

  constructor(context: Pick<SinkWriterContext, "counter">) {
    this.#context = context;
  }

  async commit(committables: readonly FileCommittable[], context: CommitContext): Promise<void> {
    for (const committable of committables) {
      const { target } = committable.point;
      if (this.#published.has(target)) continue;
      context.checkLeadership?.();
      await this.#publish(committable, context.recovered);
      this.#published.add(target);
    }
    this.#published.clear();
  }

  async close(): Promise<void> {}

  async #publish({ folder, point }: FileCommittable, recovered: boolean): Promise<void> {
    try {
      await resolveUri(folder).fileSystem.publishResumable(point);
    } catch (cause) {
      // It was published before the failure, and then moved by whoever reads the finished files.
      const isGone = cause instanceof MillraceError && cause.code === "FILE_NOT_FOUND";
      if (!recovered || !isGone) throw commitFailed(point, cause);
      this.#context.counter(FILES_TAKEN_AWAY).count++;
    }
  }
}

function commitFailed(point: FileCommittable["point"], cause: unknown): MillraceError {
  return new MillraceError("COMMIT_FAILED", {
    message: `${point.target} belongs to a completed checkpoint but could not be made visible.`,
    advice: `Its contents are the first ${point.length} bytes of ${point.temporary}. The job tries again when it restarts.`,
    next: "restart",
    facts: { ...point },
    cause,
  });
}
