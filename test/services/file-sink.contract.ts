import fc from "fast-check";
import { afterAll, beforeAll } from "vitest";
import { FileSink } from "../../src/connectors/files/file-sink.ts";
import { dyingSinkContract, type SinkWorld, sinkContract } from "../../src/connectors/sink.contract.ts";
import { FaultyFileSystem, failFrom } from "../../src/filesystem/faulty-file-system.ts";
import type { FileSystem, ResumableWriter, ResumePoint } from "../../src/filesystem/file-system.ts";
import { registerFileSystem, resolveUri } from "../../src/filesystem/resolve.ts";

/** Random runs take as long as the store does; after so long there have been enough of them. */
const RANDOM_RUNS_MS = 20_000;

/** The file sink below `newUri()`, by the contract of all exactly-once sinks. */
export function describeFileSinkOn(name: string, newUri: () => string): void {
  const before = fc.readConfigureGlobal();
  beforeAll(() => fc.configureGlobal({ ...before, interruptAfterTimeLimit: RANDOM_RUNS_MS }));
  afterAll(() => fc.configureGlobal(before));

  const createWorld = (): SinkWorld => sinkWorld(name.toLowerCase(), newUri());
  sinkContract(`FileSink on ${name}`, createWorld);
  dyingSinkContract(`FileSink on ${name}`, createWorld);
}

/** Each process has its own way to the same files; when it dies, everything that it still calls fails. */
function sinkWorld(name: string, uri: string): SinkWorld {
  const { fileSystem: files, path } = resolveUri(uri);
  const scheme = `sink-on-${name}`;
  let process = new FaultyFileSystem(files);
  let opened = new OpenedFiles(files, Promise.resolve());
  let death: Promise<unknown> = Promise.resolve();
  return {
    startProcess: (callsMax = Number.POSITIVE_INFINITY) => {
      opened = new OpenedFiles(files, death);
      process = new FaultyFileSystem(opened, failFrom(callsMax));
      Object.assign(process, { scheme });
      registerFileSystem(scheme, () => process);
      return FileSink.text(`${scheme}://${path}`);
    },
    killProcess: () => {
      process.plan = failFrom(0);
      death = opened.letGo();
    },
    get callCount() {
      return process.calls.length;
    },
    visible: async () => {
      const found = await files.list(path);
      const texts = await Promise.all(found.map(async (file) => Buffer.from(await files.read(file.path)).toString()));
      return texts.flatMap((text) => text.split("\n").slice(0, -1));
    },
  };
}

/**
 * The files of one process. What it had open when it died is closed, as its operating system would: the process in which the test runs lives
 * on. The next one begins when that is over.
 */
class OpenedFiles extends FaultyFileSystem {
  readonly #before: Promise<unknown>;
  readonly #writers: ResumableWriter[] = [];

  constructor(files: FileSystem, before: Promise<unknown>) {
    super(files);
    this.#before = before;
  }

  override async openResumable(target: string): Promise<ResumableWriter> {
    await this.#before;
    return this.#opened(await super.openResumable(target));
  }

  override async resume(point: ResumePoint): Promise<ResumableWriter> {
    await this.#before;
    return this.#opened(await super.resume(point));
  }

  override async publishResumable(point: ResumePoint): Promise<void> {
    await this.#before;
    return super.publishResumable(point);
  }

  letGo(): Promise<unknown> {
    return Promise.allSettled(this.#writers.map((writer) => writer.closeForPublish()));
  }

  #opened(writer: ResumableWriter): ResumableWriter {
    this.#writers.push(writer);
    return writer;
  }
}
