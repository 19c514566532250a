import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";
import { FaultyFileSystem, failFrom } from "../../filesystem/faulty-file-system.ts";
import type { FileSystem, ResumableWriter, ResumePoint } from "../../filesystem/file-system.ts";
import { LocalFileSystem } from "../../filesystem/local-file-system.ts";
import { MemoryFileSystem } from "../../filesystem/memory-file-system.ts";
import { registerFileSystem } from "../../filesystem/resolve.ts";
import { dyingSinkContract, type SinkWorld, sinkContract } from "../sink.contract.ts";
import { FileSink, type FileSinkOptions } from "./file-sink.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let worlds = 0;

/** Files whose handles a dead process leaves to its operating system, and this one has to close. */
class MortalFileSystem extends LocalFileSystem {
  readonly #open = new Set<ResumableWriter>();

  override async openResumable(target: string): Promise<ResumableWriter> {
    return this.#opened(await super.openResumable(target));
  }

  override async resume(point: ResumePoint): Promise<ResumableWriter> {
    return this.#opened(await super.resume(point));
  }

  async closeAll(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((writer) => writer.closeForPublish().catch(() => undefined)));
  }

  #opened(writer: ResumableWriter): ResumableWriter {
    this.#open.add(writer);
    return writer;
  }
}

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

const local = new MortalFileSystem();
afterEach(() => local.closeAll());

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
