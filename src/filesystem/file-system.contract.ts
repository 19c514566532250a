import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MillraceError } from "../core/errors.ts";
import type { FileSystem, FileWriter } from "./file-system.ts";

/** A file system to try, with a folder of its own in it. */
export interface FileSystemUnderTest {
  readonly fileSystem: FileSystem;
  readonly root: string;
  readonly dispose: () => void;
}

/** What every file system promises. */
export function describeFileSystem(name: string, open: () => FileSystemUnderTest): void {
  describe(`file system contract: ${name}`, () => {
    let under: FileSystemUnderTest;
    let fs: FileSystem;
    let root: string;

    beforeEach(() => {
      under = open();
      fs = under.fileSystem;
      root = under.root;
    });
    afterEach(() => under.dispose());

    const namesIn = async (folder: string): Promise<string[]> => (await fs.list(folder)).map(({ path }) => path);

    it("shows a file under its name only once it is published, and then all of it", async () => {
      const path = `${root}/deep/er/a.txt`;
      const writer = await fs.create(path);
      // A buffer that is used again: whoever has not written it by now has a copy.
      const buffer = Buffer.from("one ");
      await writer.append(buffer);
      buffer.fill("x");
      await writer.append(text("two"));
      expect(await fs.stat(path)).toBeUndefined();
      expect(await namesIn(`${root}/deep/er`)).toEqual([]);
      expect(await fs.listTemporary(`${root}/deep/er`)).toHaveLength(1);

      await writer.publish();

      expect(await read(fs, path)).toBe("one two");
      expect(await fs.stat(path)).toMatchObject({ path, kind: "file", length: 7 });
      expect(await namesIn(`${root}/deep/er`)).toEqual([path]);
      expect(await fs.listTemporary(`${root}/deep/er`)).toEqual([]);
    });

    it("writes chunks in the order of the calls, also when none is awaited", async () => {
      const writer = await fs.create(`${root}/order`);
      const appends = Array.from({ length: 50 }, (_, i) => writer.append(text(`${i},`)));
      await writer.publish();
      await Promise.all(appends);

      expect(await read(fs, `${root}/order`)).toBe(Array.from({ length: 50 }, (_, i) => `${i},`).join(""));
    });

    it("replaces a file as a whole, and keeps the old one until then", async () => {
      await write(fs, `${root}/a`, "old and long");
      const writer = await fs.create(`${root}/a`);
      await writer.append(text("new"));
      expect(await read(fs, `${root}/a`)).toBe("old and long");

      await writer.publish();

      expect(await read(fs, `${root}/a`)).toBe("new");
    });

    it("leaves nothing of a file that is given up, and does not mind giving up twice or after publishing", async () => {
      const writer = await fs.create(`${root}/a`);
      await writer.append(text("x"));
      await writer.abort();
      await writer.abort();
      expect(await fs.list(root)).toEqual([]);
      expect(await fs.listTemporary(root)).toEqual([]);

      const published = await fs.create(`${root}/b`);
      await published.publish();
      await published.abort();
      expect(await read(fs, `${root}/b`)).toBe("");
    });

    it("lets exactly one of several create a file exclusively", async () => {
      const tries = ["a", "b", "c", "d"].map((contents) => fs.createExclusive(`${root}/lock`, text(contents)));
      const won = await Promise.all(tries);

      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await read(fs, `${root}/lock`)).toBe(["a", "b", "c", "d"][won.indexOf(true)]);
      expect(await fs.createExclusive(`${root}/lock`, text("e"))).toBe(false);
      expect(await fs.listTemporary(root)).toEqual([]);
    });

    it("reads ranges, and less where the file ends", async () => {
      await write(fs, `${root}/a`, "0123456789");
      const part = async (offset: number, length: number): Promise<string> =>
        new TextDecoder().decode(await fs.read(`${root}/a`, { offset, length }));

      expect(await part(0, 3)).toBe("012");
      expect(await part(4, 2)).toBe("45");
      expect(await part(8, 100)).toBe("89");
      expect(await part(10, 1)).toBe("");
      expect(await part(50, 2 ** 40)).toBe("");
    });

    it("says FILE_NOT_FOUND with the path for a file that is not there", async () => {
      const error = await failureOf(fs.read(`${root}/missing`));
      expect(error.code).toBe("FILE_NOT_FOUND");
      expect(error.message).toContain(`${root}/missing`);
      expect(error.advice).toBeDefined();
      expect(error.cause).toBeDefined();
    });

    it("says FILE_FAILED where a folder is in the way of a file, or a file in the way of a folder", async () => {
      await write(fs, `${root}/file`, "x");
      await fs.makeFolder(`${root}/folder`);

      expect((await failureOf(fs.read(`${root}/folder`))).code).toBe("FILE_FAILED");
      expect((await failureOf(fs.create(`${root}/file/below`))).code).toBe("FILE_FAILED");
      expect((await failureOf(write(fs, `${root}/folder`, "x"))).code).toBe("FILE_FAILED");
      expect((await failureOf(fs.list(`${root}/file`))).code).toBe("FILE_FAILED");
    });

    it("has no status for what is not there, also below a file", async () => {
      await write(fs, `${root}/file`, "x");
      expect(await fs.stat(`${root}/missing`)).toBeUndefined();
      expect(await fs.stat(`${root}/file/below`)).toBeUndefined();
      expect(await fs.stat(root)).toMatchObject({ kind: "folder" });
    });

    it("lists only what lies directly in a folder, sorted, and nothing for a folder that is not there", async () => {
      await write(fs, `${root}/b`, "22");
      await write(fs, `${root}/a/inner`, "1");
      await write(fs, `${root}/c`, "");

      const found = await fs.list(root);

      expect(found.map(({ path, kind, length }) => [path, kind, length])).toEqual([
        [`${root}/a`, "folder", 0],
        [`${root}/b`, "file", 2],
        [`${root}/c`, "file", 0],
      ]);
      expect(await fs.list(`${root}/none`)).toEqual([]);
      expect(await fs.listTemporary(`${root}/none`)).toEqual([]);
    });

    it("removes a file, a folder with all in it, and does not mind what is gone already", async () => {
      await write(fs, `${root}/a/b/c`, "x");
      await write(fs, `${root}/ab`, "x");
      await fs.remove(`${root}/a`);
      await fs.remove(`${root}/a`);
      expect(await namesIn(root)).toEqual([`${root}/ab`]);

      await fs.remove(`${root}/ab`);
      expect(await namesIn(root)).toEqual([]);
    });

    it("makes folders with all above them, again if need be", async () => {
      await fs.makeFolder(`${root}/a/b`);
      await fs.makeFolder(`${root}/a/b`);
      expect(await fs.stat(`${root}/a/b`)).toMatchObject({ kind: "folder" });
    });

    describe("a resumable file", () => {
      it("is published later, by whoever has its point", async () => {
        const writer = await fs.openResumable(`${root}/part`);
        await writer.append(text("abc"));
        await writer.append(text("de"));
        expect(writer.length).toBe(5);
        const point = structuredClone(await writer.closeForPublish());
        expect(point.length).toBe(5);
        expect(await fs.list(root)).toEqual([]);

        await fs.publishResumable(point);
        expect(await read(fs, `${root}/part`)).toBe("abcde");

        await fs.publishResumable(point);
        expect(await read(fs, `${root}/part`)).toBe("abcde");
      });

      it("goes on after a point, without what was written since", async () => {
        const before = await fs.openResumable(`${root}/part`);
        await before.append(text("kept"));
        const point = structuredClone(await before.persist());
        await before.append(text(" lost"));
        await before.persist();

        const after = await fs.resume(point);
        expect(after.length).toBe(4);
        await after.append(text("!"));
        await fs.publishResumable(await after.closeForPublish());

        expect(await read(fs, `${root}/part`)).toBe("kept!");
      });

      it("does not count into a point what is appended while it is made durable", async () => {
        const writer = await fs.openResumable(`${root}/part`);
        void writer.append(text("one"));
        const durable = writer.persist();
        void writer.append(text("two"));

        expect((await durable).length).toBe(3);
        expect((await writer.closeForPublish()).length).toBe(6);
      });

      it("is published at the length of the point, without what was written since", async () => {
        const writer = await fs.openResumable(`${root}/part`);
        await writer.append(text("kept"));
        const point = await writer.persist();
        await writer.append(text(" lost"));
        await writer.closeForPublish();

        await fs.publishResumable(point);

        expect(await read(fs, `${root}/part`)).toBe("kept");
      });

      it("is not published or resumed when both its names are gone, or when it has lost bytes", async () => {
        const point = { target: `${root}/part`, temporary: `${root}/.part.00000000.inprogress`, length: 1 };
        expect((await failureOf(fs.publishResumable(point))).code).toBe("FILE_NOT_FOUND");
        expect((await failureOf(fs.resume(point))).code).toBe("FILE_NOT_FOUND");

        const writer = await fs.openResumable(`${root}/part`);
        await writer.append(text("abc"));
        const short = await writer.closeForPublish();
        const claimed = { ...short, length: 4 };
        expect((await failureOf(fs.resume(claimed))).code).toBe("FILE_FAILED");
        expect((await failureOf(fs.publishResumable(claimed))).code).toBe("FILE_FAILED");
        expect(await fs.stat(`${root}/part`)).toBeUndefined();
      });

      it("leaves nothing when it is given up", async () => {
        const writer = await fs.openResumable(`${root}/part`);
        await writer.append(text("abc"));
        await writer.persist();
        await writer.abort();
        await writer.abort();

        expect(await fs.list(root)).toEqual([]);
        expect(await fs.listTemporary(root)).toEqual([]);
      });
    });
  });
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export async function read(fs: FileSystem, path: string): Promise<string> {
  return new TextDecoder().decode(await fs.read(path));
}

export async function write(fs: FileSystem, path: string, contents: string): Promise<void> {
  const writer: FileWriter = await fs.create(path);
  try {
    await writer.append(text(contents));
    await writer.publish();
  } finally {
    await writer.abort();
  }
}

/** The error that `promise` ends with; it must be one of ours. */
export async function failureOf(promise: Promise<unknown>): Promise<MillraceError> {
  const outcome = await promise.then(
    () => "it succeeded",
    (error: unknown) => error,
  );
  if (!(outcome instanceof MillraceError)) throw new Error(`expected a MillraceError: ${String(outcome)}`);
  return outcome;
}
