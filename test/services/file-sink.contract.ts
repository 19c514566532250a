import fc from "fast-check";
import { afterAll, beforeAll } from "vitest";
import { FileSink } from "../../src/connectors/files/file-sink.ts";
import { dyingSinkContract, type SinkWorld, sinkContract } from "../../src/connectors/sink.contract.ts";
import { FaultyFileSystem, failFrom } from "../../src/filesystem/faulty-file-system.ts";
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
  return {
    startProcess: (callsMax = Number.POSITIVE_INFINITY) => {
      process = new FaultyFileSystem(files, failFrom(callsMax));
      Object.assign(process, { scheme });
      registerFileSystem(scheme, () => process);
      return FileSink.text(`${scheme}://${path}`);
    },
    killProcess: () => {
      process.plan = failFrom(0);
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
