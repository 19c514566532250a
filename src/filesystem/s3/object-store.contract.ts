import { beforeEach, describe, expect, it } from "vitest";
import type { ObjectAddress, ObjectStore } from "./object-store.ts";

/** What the S3 file system takes for granted of a store. `open` gives a prefix, without a slash at its end, that no other test has. */
export function describeObjectStore(
  name: string,
  open: () => { readonly store: ObjectStore; readonly bucket: string; readonly prefix: string },
): void {
  describe(`object store contract: ${name}`, () => {
    let store: ObjectStore;
    let bucket: string;
    let prefix: string;
    beforeEach(() => {
      ({ store, bucket, prefix } = open());
    });

    const at = (key: string): ObjectAddress => ({ bucket, key: `${prefix}/${key}` });
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const contents = async (key: string): Promise<string | undefined> => {
      const found = await store.get(at(key));
      return found === undefined ? undefined : new TextDecoder().decode(found);
    };

    it("keeps and replaces objects, and has a value for what is not there", async () => {
      expect(await store.head(at("a"))).toBeUndefined();
      expect(await store.get(at("a"))).toBeUndefined();
      await store.put(at("a"), bytes("old"));
      await store.put(at("a"), bytes("newer"));

      expect(await contents("a")).toBe("newer");
      expect(await store.head(at("a"))).toMatchObject({ key: `${prefix}/a`, length: 5 });
    });

    it("reads ranges, and nothing beyond the end", async () => {
      await store.put(at("a"), bytes("0123456789"));
      const part = async (offset: number, length: number): Promise<string> =>
        new TextDecoder().decode(await store.get(at("a"), { offset, length }));

      expect(await part(2, 3)).toBe("234");
      expect(await part(8, 2 ** 40)).toBe("89");
      expect(await part(10, 1)).toBe("");
    });

    it("lets one of many put an object that is not there yet, who may ask again", async () => {
      const tries = Array.from({ length: 20 }, (_, i) => store.putIfAbsent(at("lock"), bytes(`${i}`), `writer-${i}`));
      const won = await Promise.all(tries);

      expect(won.filter(Boolean)).toHaveLength(1);
      const winner = won.indexOf(true);
      expect(await contents("lock")).toBe(`${winner}`);
      expect(await store.putIfAbsent(at("lock"), bytes(`${winner}`), `writer-${winner}`)).toBe(true);
      expect(await store.putIfAbsent(at("lock"), bytes("x"), "writer-x")).toBe(false);
    });

    it("lists all below a prefix, or only up to the next slash", async () => {
      for (const key of ["f/a", "f/b/c", "f/b/d", "fg"]) await store.put(at(key), bytes("x"));

      const all = await store.list(bucket, `${prefix}/f/`, { folded: false });
      const folded = await store.list(bucket, `${prefix}/f/`, { folded: true });

      expect(all.objects.map(({ key }) => key).sort()).toEqual(["f/a", "f/b/c", "f/b/d"].map((key) => at(key).key));
      expect(folded.objects.map(({ key }) => key)).toEqual([at("f/a").key]);
      expect(folded.prefixes).toEqual([at("f/b/").key]);
      expect(await store.hasAny(bucket, `${prefix}/f/b/`)).toBe(true);
      expect(await store.hasAny(bucket, `${prefix}/f/c/`)).toBe(false);
    });

    it("deletes many objects at once, whether or not they are there", async () => {
      await store.put(at("a"), bytes("x"));
      await store.put(at("b"), bytes("x"));
      await store.put(at("c"), bytes("x"));

      await store.delete(bucket, [at("a").key, at("missing").key, at("b").key]);
      await store.delete(bucket, [at("missing").key]);

      expect((await store.list(bucket, `${prefix}/`, { folded: true })).objects.map(({ key }) => key)).toEqual([
        at("c").key,
      ]);
    });

    it("makes an object of an upload's parts, of which the last given counts, once", async () => {
      const id = await store.beginUpload(at("whole"));
      expect(await store.head(at("whole"))).toBeUndefined();
      expect(await store.hasUpload(at("whole"), id)).toBe(true);
      expect(await store.listUploads(bucket, `${prefix}/`)).toMatchObject([{ key: at("whole").key, uploadId: id }]);
      await store.uploadPart(at("whole"), id, 1, bytes("first try"));
      const tag = await store.uploadPart(at("whole"), id, 1, bytes("second try"));

      expect(await store.completeUpload(at("whole"), id, [{ number: 1, tag: tag! }])).toBe(true);

      expect(await contents("whole")).toBe("second try");
      expect(await store.hasUpload(at("whole"), id)).toBe(false);
      expect(await store.uploadPart(at("whole"), id, 1, bytes("x"))).toBeUndefined();
      expect(await store.listUploads(bucket, `${prefix}/`)).toEqual([]);
    });

    it("makes an empty object of an upload with one empty part", async () => {
      const id = await store.beginUpload(at("empty"));
      const tag = await store.uploadPart(at("empty"), id, 1, new Uint8Array(0));

      await store.completeUpload(at("empty"), id, [{ number: 1, tag: tag! }]);

      expect(await contents("empty")).toBe("");
    });

    it("forgets an upload that is aborted, and does not mind when it is gone", async () => {
      const id = await store.beginUpload(at("gone"));
      await store.uploadPart(at("gone"), id, 1, bytes("x"));

      await store.abortUpload(at("gone"), id);
      await store.abortUpload(at("gone"), id);

      expect(await store.hasUpload(at("gone"), id)).toBe(false);
      expect(await store.completeUpload(at("gone"), id, [{ number: 1, tag: '"0"' }])).toBe(false);
      expect(await store.head(at("gone"))).toBeUndefined();
    });
  });
}
