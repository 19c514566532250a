import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { crc32 } from "../codec/crc32.ts";
import { MillraceError } from "../core/errors.ts";
import { checkpointId } from "../core/ids.ts";
import { ManualClock } from "../core/manual-clock.ts";
import { type FaultPlan, FaultyFileSystem, failFrom, failOnce } from "../filesystem/faulty-file-system.ts";
import { read, write } from "../filesystem/file-system.contract.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { LocalFileSystem } from "../filesystem/local-file-system.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { resolveUri } from "../filesystem/resolve.ts";
import { describeCheckpointStorage, stateOf, take } from "./checkpoint-storage.contract.ts";
import type { TaskSnapshotStore } from "./checkpoint-storage.ts";
import { FolderCheckpointStorage } from "./folder-checkpoint-storage.ts";
import { FolderLeaderLog } from "./leadership/folder-leader-log.ts";
import { Leadership } from "./leadership/leadership.ts";
import { sampleRecord } from "./leadership/sample-records.ts";
import type { ProcessTable } from "./process-identity.ts";
import { readKeyedPieces } from "./restore-assignment.ts";
import { sampleMetadata } from "./sample-metadata.ts";
import { SimulatedProcesses } from "./simulated-processes.ts";
import type { CompletedCheckpoint } from "./snapshot.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";
import { verifyCheckpoint } from "./verify-checkpoint.ts";

const JOB_ID = "0123456789abcdef0123456789abcdef";
const JOB = "/state/clicks";
/** Longer than what stays inline. */
const STATE = [1, 2, 3, 4, 5, 6, 7, 8];

const temporary = mkdtempSync(join(tmpdir(), "millrace-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
let folders = 0;

describeCheckpointStorage("folder on a disk", () => {
  const root = join(temporary, String(folders++));
  return {
    storage: storageOn(new LocalFileSystem(), undefined, root),
    store: new FileTaskSnapshotStore(),
    savepoints: join(root, "savepoints"),
  };
});

describeCheckpointStorage("folder in memory", () => {
  const { fileSystem, path } = resolveUri(`memory:///folder-checkpoint-storage-test/${folders++}`);
  return {
    storage: storageOn(fileSystem, undefined, path),
    store: new FileTaskSnapshotStore(),
    savepoints: `memory://${path}/savepoints`,
  };
});

describe("checkpoints in a folder", () => {
  it("lie where a person would look for them", async () => {
    const fileSystem = new MemoryFileSystem();
    const storage = storageOn(fileSystem);
    await storage.open();

    const { location } = await take(storage, storeOn(fileSystem), 42, STATE);

    expect(location).toBe("memory:///state/clicks/chk-42");
    expect(storage.description).toContain("memory:///state/clicks");
    expect(await tree(fileSystem)).toEqual(["chk-42/_metadata", "chk-42/count-0", "latest", "lock.1"]);
    expect(JSON.parse(await read(fileSystem, `${JOB}/latest`))).toMatchObject({
      epoch: 1,
      checkpointId: 42,
      path: "chk-42",
      completedMs: 42_050,
    });
  });

  it("survive the process, and the next one has a higher epoch", async () => {
    const { fileSystem, processes, store } = await withCheckpoints(1, 2);

    const after = storageOn(fileSystem, processes);
    await after.open();
    const { checkpoint, passedOver } = await after.latest();
    expect(passedOver).toEqual([]);
    expect(checkpoint?.metadata.checkpointId).toBe(2);
    expect(await stateOf(store, checkpoint!)).toEqual(STATE);

    await take(after, store, 3, STATE);
    expect(JSON.parse(await read(fileSystem, `${JOB}/latest`))).toMatchObject({ epoch: 2, checkpointId: 3 });
  });

  it("belong to one live process", async () => {
    const fileSystem = new MemoryFileSystem();
    const all = new SimulatedProcesses();
    const storage = storageOn(fileSystem, all.start());
    await storage.open();

    await expect(storageOn(fileSystem, all.start()).open()).rejects.toThrow("JOB_ALREADY_RUNNING");
    await storage.close(false);
    await storageOn(fileSystem, all.start()).open();
  });

  it("are not completed by a process whose folder another one has taken", async () => {
    const fileSystem = new MemoryFileSystem();
    const all = new SimulatedProcesses();
    const paused = storageOn(fileSystem, all.start());
    await paused.open();
    await take(paused, storeOn(fileSystem), 1, STATE);
    // A person took the paused process for dead.
    await fileSystem.remove(`${JOB}/lock.1`);
    const other = storageOn(fileSystem, all.start());
    await other.open();
    await take(other, storeOn(fileSystem), 2, STATE);

    await expect(take(paused, storeOn(fileSystem), 3, STATE)).rejects.toThrow("JOB_ALREADY_RUNNING");

    expect((await other.latest()).checkpoint?.metadata.checkpointId).toBe(2);
  });

  it("are cleared of what died half way, and of nothing else", async () => {
    const { fileSystem, processes } = await withCheckpoints(1, 2);
    await write(fileSystem, `${JOB}/chk-3/count-0`, "half a checkpoint");
    await (await fileSystem.create(`${JOB}/chk-4/_metadata`)).append(Uint8Array.of(1));
    await fileSystem.create(`${JOB}/latest`);
    await fileSystem.create(`${JOB}/chk-2/late`);
    await write(fileSystem, `${JOB}/notes.txt`, "a person's");
    await write(fileSystem, `${JOB}/chk-x/file`, "a person's");

    await storageOn(fileSystem, processes).open();

    expect(await tree(fileSystem)).toEqual([
      "chk-1/_metadata",
      "chk-1/count-0",
      "chk-2/_metadata",
      "chk-2/count-0",
      "chk-x/file",
      "latest",
      "lock.2",
      "notes.txt",
    ]);
    for (const folder of [JOB, `${JOB}/chk-2`]) expect(await fileSystem.listTemporary(folder)).toEqual([]);
  });

  it("are swept of what late tasks leave of attempts that were given up", async () => {
    const fileSystem = new MemoryFileSystem();
    const storage = storageOn(fileSystem);
    const store = storeOn(fileSystem);
    await storage.open();
    const target = await storage.begin(checkpointId(1));
    await storage.discardAttempt(checkpointId(1), target);
    const late = store.openWriter(target, "late-0");
    late.append(Uint8Array.from(STATE));
    await late.finish();
    expect(await tree(fileSystem)).toContain("chk-1/late-0");

    await take(storage, store, 2, STATE);

    expect(await tree(fileSystem)).toEqual(["chk-2/_metadata", "chk-2/count-0", "latest", "lock.1"]);
  });

  it("stay while an older attempt is still under way", async () => {
    const fileSystem = new MemoryFileSystem();
    const storage = storageOn(fileSystem);
    await storage.open();
    await storage.begin(checkpointId(1));
    await write(fileSystem, `${JOB}/chk-1/count-0`, "still written");

    await take(storage, storeOn(fileSystem), 2, STATE);

    expect(await tree(fileSystem)).toContain("chk-1/count-0");
  });

  it("are not discarded while the pointer names them", async () => {
    const fileSystem = new MemoryFileSystem();
    const storage = storageOn(fileSystem);
    await storage.open();
    const only = await take(storage, storeOn(fileSystem), 1, STATE);
    await expect(storage.discard(only)).rejects.toThrow("what the pointer names is never removed");
    await expect(storage.begin(checkpointId(1))).rejects.toThrow("is not used again");
  });

  it("move the pointer before the folder is given back, when both happen at once", async () => {
    const { fileSystem, processes, storage } = await withCheckpoints(1);
    const target = await storage.begin(checkpointId(2));
    const completing = storage.complete(target, sampleMetadata(2));
    await Promise.all([storage.close(false), completing]);

    const after = storageOn(fileSystem, processes);
    await after.open();
    expect((await after.latest()).checkpoint?.metadata.checkpointId).toBe(2);
  });

  it("are all removed when the job is done, the state of other jobs stays", async () => {
    const { fileSystem, storage } = await withCheckpoints(1, 2);
    await write(fileSystem, "/state/other/chk-1/_metadata", "x");

    await storage.close(true);

    expect(await tree(fileSystem)).toEqual(["lock.1"]);
    expect(await fileSystem.stat("/state/other/chk-1/_metadata")).toBeDefined();
  });

  describe("that were damaged", () => {
    it.each<[string, (fileSystem: FileSystem) => Promise<void>, number, RegExp[]]>([
      [
        "the pointer's checkpoint has a damaged _metadata",
        (fs) => flip(fs, `${JOB}/chk-3/_metadata`, 60),
        2,
        [/chk-3\/_metadata is damaged/],
      ],
      ["the pointer's checkpoint is gone", (fs) => fs.remove(`${JOB}/chk-3`), 2, [/chk-3, which "latest" names/]],
      [
        "the pointer's checkpoint has no _metadata",
        (fs) => fs.remove(`${JOB}/chk-3/_metadata`),
        2,
        [/chk-3, which "latest" names/],
      ],
      [
        "a state file of the pointer's checkpoint is gone",
        (fs) => fs.remove(`${JOB}/chk-3/count-0`),
        2,
        [/chk-3\/count-0, the state of "count per page" 1\/2, is missing/],
      ],
      [
        "a state file of the pointer's checkpoint is too short",
        (fs) => write(fs, `${JOB}/chk-3/count-0`, "1234"),
        2,
        [/chk-3\/count-0, .* has 4 bytes instead of 8/],
      ],
      ["the pointer is damaged", (fs) => flip(fs, `${JOB}/latest`, 20), 3, [/latest is damaged/]],
      ["the pointer is gone", (fs) => fs.remove(`${JOB}/latest`), 3, [/latest is missing/]],
      ["an older one is damaged", (fs) => flip(fs, `${JOB}/chk-2/_metadata`, 60), 3, []],
      [
        "the two newest are damaged",
        async (fs) => {
          await flip(fs, `${JOB}/chk-3/_metadata`, 60);
          await fs.remove(`${JOB}/chk-2/count-0`);
        },
        1,
        [/chk-2\/count-0/, /chk-3\/_metadata/],
      ],
    ])("give the newest that can be read, and say why: %s", async (_, damage, id, reasons) => {
      const { fileSystem, processes, store } = await withCheckpoints(1, 2, 3);
      await damage(fileSystem);

      const storage = storageOn(fileSystem, processes);
      await storage.open();
      const { checkpoint, passedOver } = await storage.latest();

      expect(checkpoint?.metadata.checkpointId).toBe(id);
      expect(await stateOf(store, checkpoint!)).toEqual(STATE);
      expect(passedOver).toHaveLength(reasons.length);
      for (const [index, reason] of reasons.entries()) expect(passedOver[index]).toMatch(reason);
    });

    it("are not passed over for an empty start when none can be read", async () => {
      const { fileSystem, processes } = await withCheckpoints(1);
      await flip(fileSystem, `${JOB}/chk-1/_metadata`, 60);
      const storage = storageOn(fileSystem, processes);
      await storage.open();

      await expect(storage.latest()).rejects.toThrow(/CHECKPOINT_CORRUPT.*none can be read.*chk-1(.|\n)*--fresh/);

      await take(storage, storeOn(fileSystem), 2, STATE);
      expect((await storage.latest()).checkpoint?.metadata.checkpointId).toBe(2);
      expect(await tree(fileSystem)).toContain("chk-1/_metadata");
    });

    it("are not passed over because the disk does not answer, and the folder is free again", async () => {
      const { fileSystem, processes } = await withCheckpoints(1, 2);
      const faulty = new FaultyFileSystem(fileSystem, (call, path) =>
        call === "read" && path.endsWith("chk-2/_metadata") ? { systemCode: "EIO", when: "before" } : undefined,
      );

      await expect(storageOn(faulty, processes).open()).rejects.toThrow("FILE_FAILED");

      await storageOn(fileSystem, processes).open();
    });

    it("are passed over for a state file of the right length and another content", async () => {
      const { fileSystem, processes } = await withCheckpoints(1, 2);
      await flip(fileSystem, `${JOB}/chk-2/count-0`, 3);
      const storage = storageOn(fileSystem, processes);
      await storage.open();

      const { checkpoint, passedOver } = await storage.latest();

      expect(checkpoint?.metadata.checkpointId).toBe(1);
      expect(passedOver).toEqual([
        expect.stringMatching(/chk-2\/count-0: the state of ".*" 1\/2 does not match its checksum/),
      ]);
      expect(storage.retained().map(({ metadata }) => metadata.checkpointId)).toEqual([1]);
      expect(storage.highestId()).toBe(2);
      expect(await tree(fileSystem)).toContain("chk-2/count-0");
    });

    it("are not passed over because the disk does not answer for their state", async () => {
      const { fileSystem, processes } = await withCheckpoints(1, 2);
      const faulty = new FaultyFileSystem(fileSystem, (call, path) =>
        call === "read" && path.endsWith("chk-2/count-0") ? { systemCode: "EIO", when: "before" } : undefined,
      );
      const storage = storageOn(faulty, processes);
      await storage.open();

      await expect(storage.latest()).rejects.toThrow("FILE_FAILED");
    });

    it("are not passed over because a newer version wrote them", async () => {
      const { fileSystem, processes } = await withCheckpoints(1, 2);
      await writeAsNewerFormat(fileSystem, `${JOB}/chk-2/_metadata`);
      const storage = storageOn(fileSystem, processes);
      await storage.open();
      await expect(storage.latest()).rejects.toThrow("CHECKPOINT_FORMAT_UNKNOWN");
    });

    it("never restore as something else, whichever byte of the folder is changed", async () => {
      const { fileSystem, processes, store } = await withCheckpoints(1);
      const files = (await tree(fileSystem)).filter((file) => !file.startsWith("lock."));
      expect(files).toEqual(["chk-1/_metadata", "chk-1/count-0", "latest"]);
      for (const file of files) {
        const { length } = (await fileSystem.stat(`${JOB}/${file}`))!;
        for (let at = 0; at < length; at++) {
          await flip(fileSystem, `${JOB}/${file}`, at);
          const storage = storageOn(fileSystem, processes);
          await storage.open();
          const found = await storage.latest().then(
            ({ checkpoint }) => checkpoint,
            (error: unknown) => (error as MillraceError).code,
          );
          const problems = await verifyCheckpoint(`memory:${JOB}/chk-1`, () => ({ fileSystem, path: `${JOB}/chk-1` }));
          expect(problems).toHaveLength(file === "latest" ? 0 : 1);
          if (file === "latest") {
            const pieces = await piecesOf(store, found as CompletedCheckpoint);
            expect(pieces).toEqual([{ keyGroup: 5, bytes: Uint8Array.from(STATE) }]);
          } else {
            expect(found).toBe("CHECKPOINT_CORRUPT");
          }
          await flip(fileSystem, `${JOB}/${file}`, at);
          await storage.close(false);
        }
      }
    });
  });

  describe("when the disk fails", () => {
    /** Checkpoint 2 on top of checkpoint 1, which is then subsumed. @returns whether 2 was completed. */
    async function attemptSecond(fileSystem: FileSystem, processes: ProcessTable): Promise<boolean> {
      const storage = storageOn(fileSystem, processes);
      await storage.open();
      const [first] = storage.retained();
      const target = await storage.begin(checkpointId(2));
      try {
        const writer = storeOn(fileSystem).openWriter(target, "count-0");
        writer.append(Uint8Array.from(STATE));
        const data = await writer.finish();
        await storage.complete(target, sampleMetadata(2, data));
      } catch (error) {
        await storage.discardAttempt(checkpointId(2), target).catch(() => {});
        throw error;
      }
      await storage.discard(first!).catch(() => {});
      return true;
    }

    const lost = { systemCode: "EIO", when: "after" } as const;

    it.each<[string, (index: number) => FaultPlan, readonly number[]]>([
      ["is full for one call", failOnce, [1]],
      ["is full from then on, and the process dies", failFrom, [1, 2]],
      ["loses one answer", (index) => failOnce(index, lost), [1]],
      ["does its work once more and is gone, as is the process", (index) => dieAfter(index), [1, 2]],
    ])("at any step: it %s, the job goes on from what was completed", async (_, plan, afterFailure) => {
      let steps = 0;
      let completedOnce = false;
      for (let index = 0; ; index++) {
        const { fileSystem, processes } = await withCheckpoints(1);
        const faulty = new FaultyFileSystem(fileSystem, plan(index));
        const completed = await attemptSecond(faulty, processes).catch((error: unknown) => {
          expect(error).toBeInstanceOf(MillraceError);
          return false;
        });
        if (faulty.calls.length <= index) break;
        steps += 1;
        completedOnce ||= completed;

        const after = storageOn(fileSystem, new SimulatedProcesses().start());
        await removeLocks(fileSystem);
        await after.open();
        const { checkpoint } = await after.latest();

        expect(completed ? [2] : afterFailure).toContain(checkpoint?.metadata.checkpointId);
        expect(await verifyCheckpoint(checkpoint!.location, () => placeOf(fileSystem, checkpoint!.location))).toEqual(
          [],
        );
        expect(await stateOf(storeOn(fileSystem), checkpoint!)).toEqual(STATE);
        await take(after, storeOn(fileSystem), 3, STATE);
        expect((await after.latest()).checkpoint?.metadata.checkpointId).toBe(3);
      }
      expect(steps).toBeGreaterThan(20);
      expect(completedOnce).toBe(true);
    });

    it("is away when the pointer has just moved: settled, the checkpoint that failed so is none, also for the next process", async () => {
      const { fileSystem, processes } = await withCheckpoints(1);
      let isAway = false;
      const faulty = new FaultyFileSystem(fileSystem, (call, path) => {
        if (isAway) return { systemCode: "EIO", when: "before" };
        isAway = call === "publish" && path.endsWith("/latest");
        return isAway ? lost : undefined;
      });
      const storage = storageOn(faulty, processes);
      await storage.open();
      const target = await storage.begin(checkpointId(2));
      await expect(storage.complete(target, sampleMetadata(2))).rejects.toThrow("FILE_FAILED");
      await expect(storage.settle()).rejects.toThrow("FILE_FAILED");
      expect(await tree(fileSystem)).toContain("chk-2/_metadata");

      isAway = false;
      await storage.settle();

      const after = storageOn(fileSystem, new SimulatedProcesses().start());
      await removeLocks(fileSystem);
      await after.open();
      expect((await after.latest()).checkpoint?.metadata.checkpointId).toBe(1);
    });

    it("says what is wrong with a folder that may not be written to", async () => {
      const faulty = new FaultyFileSystem(new MemoryFileSystem(), () => ({ systemCode: "EACCES", when: "before" }));
      await expect(storageOn(faulty).open()).rejects.toThrow(/FILE_FAILED.*\/state\/clicks(.|\n)*permission/);
    });
  });
});

describe("checkpoints of a leader", () => {
  /** Leaders of one job after each other; the ones before do not know that they were overtaken. */
  async function leaders(): Promise<{
    fileSystem: MemoryFileSystem;
    log: FolderLeaderLog;
    next: (path?: string) => Promise<FolderCheckpointStorage>;
  }> {
    const fileSystem = new MemoryFileSystem();
    const log = new FolderLeaderLog(fileSystem, "/ha");
    const next = async (path = "/state"): Promise<FolderCheckpointStorage> => {
      const newest = await log.newest();
      const after = newest?.number ?? 0;
      const { checkpoint, anew } = newest?.record ?? sampleRecord(1, "");
      const record = sampleRecord(after + 1, `leader ${after}`, { checkpoint, anew });
      await log.append(after, record);
      const leadership = new Leadership(log, record, after + 1, 0, new ManualClock());
      const storage = storageOn(fileSystem, new SimulatedProcesses().start(`host ${after}`), path, leadership);
      await storage.open();
      return storage;
    };
    return { fileSystem, log, next };
  }

  it("are gone on from where the next one keeps its own in another folder, and damage there is not passed over", async () => {
    const { fileSystem, next } = await leaders();
    const store = storeOn(fileSystem);
    await take(await next(), store, 1, [1]);
    const elsewhere = await next("/moved");
    const { checkpoint, passedOver } = await elsewhere.latest();
    expect(passedOver).toEqual([]);
    expect(checkpoint?.location).toBe(`memory://${JOB}/chk-1-e1`);

    const second = await take(elsewhere, store, 2, STATE);
    expect(second.location).toMatch(/^memory:\/\/\/moved\/clicks\/chk-2-e\d+$/);
    const back = await next();
    expect((await back.latest()).checkpoint).toEqual(second);

    await fileSystem.remove(placeOf(fileSystem, second.location).path);
    await expect(back.latest()).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND" });
  });

  it("are the next one's to go on from, which need not wait for the end of the process before", async () => {
    const { fileSystem, next } = await leaders();
    const { location } = await take(await next(), storeOn(fileSystem), 42, STATE);
    expect(location).toBe(`memory://${JOB}/chk-42-e1`);

    const { checkpoint, passedOver } = await (await next()).latest();

    expect(checkpoint?.location).toBe(location);
    expect(passedOver).toEqual([]);
  });

  it("are not touched by a leader that was overtaken", async () => {
    const { fileSystem, next } = await leaders();
    const overtaken = await next();
    await take(overtaken, storeOn(fileSystem), 1, STATE);
    const target = await overtaken.begin(checkpointId(2));
    const later = await next();
    await take(later, storeOn(fileSystem), 2, STATE);

    await expect(overtaken.complete(target, sampleMetadata(2))).rejects.toThrow(MillraceError);
    await overtaken.discardAttempt(checkpointId(2), target);
    await expect(take(overtaken, storeOn(fileSystem), 3, STATE)).rejects.toThrow(MillraceError);
    await expect(overtaken.close(true)).rejects.toThrow("LEADERSHIP_LOST");

    expect((await later.latest()).checkpoint?.location).toBe(`memory://${JOB}/chk-2-e3`);
    expect(await stateOf(storeOn(fileSystem), (await later.latest()).checkpoint!)).toEqual(STATE);
  });

  it("stay where the log may name them, although they were not confirmed", async () => {
    const { fileSystem, log, next } = await leaders();
    const storage = await next();
    const target = await storage.begin(checkpointId(1));
    await log.append(1, sampleRecord(2, "another"));

    await expect(storage.complete(target, sampleMetadata(1))).rejects.toThrow("LEADERSHIP_LOST");
    await storage.discardAttempt(checkpointId(1), target);

    expect(await tree(fileSystem)).toContain("chk-1-e1/_metadata");
  });

  it("are gone, and forgotten by whoever comes next, once the job has finished", async () => {
    const { fileSystem, next } = await leaders();
    const storage = await next();
    await take(storage, storeOn(fileSystem), 1, STATE);

    await storage.close(true);

    expect((await fileSystem.list(JOB)).filter(({ kind }) => kind === "folder")).toEqual([]);
    const again = await next();
    expect(await again.latest()).toEqual({ checkpoint: undefined, passedOver: [] });
  });
});

function storageOn(
  fileSystem: FileSystem,
  processes: ProcessTable = new SimulatedProcesses().start(),
  path = "/state",
  leadership?: Leadership,
): FolderCheckpointStorage {
  return new FolderCheckpointStorage({
    fileSystem,
    path,
    jobName: "clicks",
    jobId: JOB_ID,
    inlineBytesMax: 4,
    clock: new ManualClock(),
    processes,
    leadership,
    ...(leadership && { resolve: (uri: string) => placeOf(fileSystem, uri) }),
  });
}

const placeOf = (fileSystem: FileSystem, uri: string): { fileSystem: FileSystem; path: string } => ({
  fileSystem,
  path: uri.replace(/^memory:\/\//, ""),
});

function storeOn(fileSystem: FileSystem): FileTaskSnapshotStore {
  return new FileTaskSnapshotStore((uri) => placeOf(fileSystem, uri));
}

/** A folder in memory in which a process has completed checkpoints with these ids and died. */
async function withCheckpoints(...ids: number[]) {
  const fileSystem = new MemoryFileSystem();
  const all = new SimulatedProcesses();
  const dead = all.start();
  const storage = storageOn(fileSystem, dead);
  const store = storeOn(fileSystem);
  await storage.open();
  for (const id of ids) await take(storage, store, id, STATE);
  all.kill(dead);
  return { fileSystem, storage, store, processes: all.start() };
}

/** The state of `checkpoint` as a task restores it, or the code of the error. */
async function piecesOf(store: TaskSnapshotStore, { metadata, location }: CompletedCheckpoint): Promise<unknown> {
  const { keyed } = metadata.operators[0]!.subtasks.get(0)!;
  return readKeyedPieces(store, location, keyed!, { start: 0, end: 127 }).catch((error: MillraceError) => error.code);
}

/** Everything below the job's folder, without temporary files. */
async function tree(fileSystem: FileSystem, folder = JOB): Promise<string[]> {
  const found: string[] = [];
  for (const { path, kind } of await fileSystem.list(folder)) {
    if (kind === "folder") found.push(...(await tree(fileSystem, path)));
    else found.push(path.slice(JOB.length + 1));
  }
  return found;
}

async function flip(fileSystem: FileSystem, path: string, at: number): Promise<void> {
  const bytes = await fileSystem.read(path);
  bytes[at]! ^= 0xff;
  await writeBytes(fileSystem, path, bytes);
}

/** Changes the format's number and nothing else; the checksum is right. */
async function writeAsNewerFormat(fileSystem: FileSystem, path: string): Promise<void> {
  const bytes = await fileSystem.read(path);
  const frameAt = bytes.indexOf(10) + 1;
  const frame = new DataView(bytes.buffer, frameAt);
  frame.setUint32(4, 99);
  frame.setUint32(12, crc32(bytes.subarray(frameAt + 16), crc32(bytes.subarray(0, frameAt + 12))));
  await writeBytes(fileSystem, path, bytes);
}

async function writeBytes(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const writer = await fileSystem.create(path);
  await writer.append(bytes);
  await writer.publish();
}

async function removeLocks(fileSystem: FileSystem): Promise<void> {
  for (const { path } of await fileSystem.list(JOB)) if (/lock\.\d+$/.test(path)) await fileSystem.remove(path);
}

function dieAfter(index: number): FaultPlan {
  return (_call, _path, at) => {
    if (at < index) return undefined;
    return { systemCode: "EIO", when: at === index ? "after" : "before" };
  };
}
