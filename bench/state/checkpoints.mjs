/** What checkpoints write, and how long that takes. */
import { join } from "node:path";
import { lengthOf } from "../../src/checkpoint/snapshot.ts";
import { UploadedFiles } from "../../src/checkpoint/state-files.ts";
import { FileTaskSnapshotStore } from "../../src/checkpoint/task-snapshot-store.ts";
import { uniform } from "./keys.mjs";

const COUNT = 10;
const CHANGED_PART = 0.01;
const ENTRIES_PER_SLICE = 2000;

/** Ten checkpoints with 1 % of the keys changed in between, of each kind. `newCounts` gives state with no key. */
export async function measureCheckpoints(newCounts, folder, keyCount) {
  const kinds = [
    { label: "heap, full", backend: "heap", take: full },
    { label: "RocksDB, full", backend: "rocksdb", take: full },
    { label: "RocksDB, incremental", backend: "rocksdb", take: incremental },
  ];
  const rows = [];
  for (const { label, backend, take } of kinds) {
    const counts = newCounts(backend);
    const job = { store: new FileTaskSnapshotStore(), uploads: new UploadedFiles(), folder: join(folder, label) };
    counts.addAll(Int32Array.from({ length: keyCount }, (_, key) => key));
    for (let id = 1; id <= COUNT; id++) {
      if (id > 1) counts.addAll(uniform(keyCount, keyCount * CHANGED_PART, id));
      const startMs = performance.now();
      const written = await take(counts.backend, id, job);
      rows.push({ label, id, ...written, totalMs: performance.now() - startMs });
    }
    counts.close();
  }
  return rows;
}

/** @returns the bytes written, and how long the stream stood still: here the state is read all at once, in a job in slices. */
async function full(backend, id, { store, folder }) {
  const startMs = performance.now();
  const frozen = backend.freeze();
  const stopMs = performance.now() - startMs;
  const writer = store.openWriter(targetOf(folder, id), "count-0");
  for (let piece = frozen.next(ENTRIES_PER_SLICE); piece !== undefined; piece = frozen.next(ENTRIES_PER_SLICE)) {
    writer.append(piece.bytes);
    while (writer.pendingBytes > 4 * 1024 * 1024) await new Promise(setImmediate);
  }
  const { length, bytes } = await writer.finish();
  return { bytes: length ?? bytes.length, stopMs };
}

async function incremental(backend, id, { store, uploads, folder }) {
  const startMs = performance.now();
  const frozen = backend.freezeFiles();
  const stopMs = performance.now() - startMs;
  const { files, sharedBytes } = await uploads.upload(id, targetOf(folder, id), "count-0", await frozen.files, store);
  frozen.release();
  return { bytes: files.reduce((sum, { data }) => sum + lengthOf(data), -sharedBytes), stopMs };
}

function targetOf(folder, id) {
  const uriOf = (of) => `file://${folder}/chk-${of}`;
  const shared = { prefix: `chk-${id}_`, baseId: id - 1, ...(id > 1 && { baseLocation: uriOf(id - 1) }) };
  return { kind: "folder", uri: uriOf(id), inlineBytesMax: 20 * 1024, shared };
}
