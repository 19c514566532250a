/** What readers of a file sink's folder see, for tests. */
import { resolveUri } from "../../filesystem/resolve.ts";

export interface FinishedFile {
  readonly path: string;
  readonly text: string;
}

export async function readFinished(folder: string): Promise<FinishedFile[]> {
  const { fileSystem, path } = resolveUri(folder);
  const files: FinishedFile[] = [];
  for (const entry of await fileSystem.list(path)) {
    files.push({ path: entry.path, text: Buffer.from(await fileSystem.read(entry.path)).toString("utf8") });
  }
  return files;
}
