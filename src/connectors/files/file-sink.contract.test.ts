import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { FaultyFileSystem, failFrom } from "../../filesystem/faulty-file-system.ts";
import type { FileSystem } from "../../filesystem/file-system.ts";
import { LocalFileSystem } from "../../filesystem/local-file-system.ts";
import { MemoryFileSystem } from "../../filesystem/memory-file-system.ts";
import { registerFileSystem } from "../../filesystem/resolve.ts";
import { dyingSinkContract, type SinkWorld, sinkContract } from "../sink.contract.ts";
import { FileSink, type FileSinkOptions } from "./file-sink.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let worlds = 0;

/** Each process has a file system of its own over the same files; when it dies, everything that it still calls fails. */
function fileWorld(files: FileSystem, options: FileSinkOptions): SinkWorld {
  const out = join(folder, `out-${worlds++}`);
  let process = new FaultyFileSystem(files);
  return {
    startProcess: (callsMax = Number.POSITIVE_INFINITY) => {
      process = new FaultyFileSystem(files, failFrom(callsMax));
      Object.assign(process, { scheme: "sink-contract" });
      registerFileSystem("sink-contract", () => process);
      return FileSink.text(`sink-contract://${out}`, options);
    },
    killProcess: () => {
      process.plan = failFrom(0);
    },
    get callCount() {
      return process.calls.length;
    },
    visible: async () => {
      const lines: string[] = [];
      for (const { path } of await files.list(out)) {
        const text = Buffer.from(await files.read(path)).toString("utf8");
        lines.push(...text.split("\n").slice(0, -1));
      }
      return lines;
    },
  };
}

const local = new LocalFileSystem();

const worldsUnderTest: [string, () => SinkWorld][] = [
  ["FileSink in memory", () => fileWorld(new MemoryFileSystem(), {})],
  ["FileSink on a local disk", () => fileWorld(local, {})],
  ["FileSink with tiny files", () => fileWorld(new MemoryFileSystem(), { rolling: { maxBytes: 25 } })],
  ["FileSink that rolls at checkpoints", () => fileWorld(new MemoryFileSystem(), { rolling: { onCheckpoint: true } })],
];
for (const [name, createWorld] of worldsUnderTest) {
  sinkContract(name, createWorld);
  dyingSinkContract(name, createWorld);
}
