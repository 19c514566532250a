import { LocalFileSystem } from "../filesystem/local-file-system.ts";

export const CHUNK_BYTES: number = 4 * 1024 * 1024;

/** A file of the local disk, piece by piece. @throws {MillraceError} `FILE_NOT_FOUND`, `FILE_FAILED`. */
export async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const local = new LocalFileSystem();
  for (let offset = 0; ; offset += CHUNK_BYTES) {
    const chunk = await local.read(path, { offset, length: CHUNK_BYTES });
    if (chunk.byteLength > 0) yield chunk;
    if (chunk.byteLength < CHUNK_BYTES) return;
  }
}
