/** Files as tests write and read them. */
import { resolveUri } from "../../filesystem/resolve.ts";

export interface ReadFile {
  readonly name: string;
  readonly text: string;
}

let folders = 0;

/** A folder in memory that nobody else uses, with these files in it. @returns its URI. */
export async function memoryFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const uri = `memory:///connectors-test-${folders++}`;
  for (const [name, contents] of Object.entries(files)) await putFile(`${uri}/${name}`, contents);
  return uri;
}

/** Writes a file, or replaces it. */
export async function putFile(uri: string, contents: string | Uint8Array): Promise<void> {
  const { fileSystem, path } = resolveUri(uri);
  const writer = await fileSystem.create(path);
  await writer.append(typeof contents === "string" ? Buffer.from(contents) : contents);
  await writer.publish();
}

/** What readers of a folder see, sorted by name. */
export async function readFolder(folder: string): Promise<ReadFile[]> {
  const { fileSystem, path } = resolveUri(folder);
  const files: ReadFile[] = [];
  for (const entry of await fileSystem.list(path)) {
    const text = Buffer.from(await fileSystem.read(entry.path)).toString("utf8");
    files.push({ name: entry.path.slice(path.length + 1), text });
  }
  return files;
}
