import { MillraceError } from "../../core/errors.ts";
import { resolveUri } from "../../filesystem/resolve.ts";
import type { Committer } from "../sink.ts";
import type { FileCommittable } from "./file-sink-writer.ts";

/** Gives closed files their names. A file that has its name already is left as it is. */
export class FileCommitter implements Committer<FileCommittable> {
  async commit(committables: readonly FileCommittable[]): Promise<void> {
    for (const { folder, point } of committables) {
      try {
        await resolveUri(folder).fileSystem.publishResumable(point);
      } catch (cause) {
        throw new MillraceError("COMMIT_FAILED", {
          message: `${point.target} belongs to a completed checkpoint but could not be made visible.`,
          advice: `Its contents are the first ${point.length} bytes of ${point.temporary}. The job tries again when it restarts.`,
          next: "restart",
          facts: { ...point },
          cause,
        });
      }
    }
  }

  async close(): Promise<void> {}
}
