import { describe, expect, it } from "vitest";
import { MemoryObjectStore } from "./memory-object-store.ts";
import { PartUpload } from "./part-upload.ts";
import { UploadSlots } from "./upload-slots.ts";

const address = { bucket: "bucket", key: "key" };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function uploadTo(store: MemoryObjectStore, slots = 2): PartUpload {
  return new PartUpload({ store, address, slots: new UploadSlots(slots), partBytes: 3 });
}

describe("an upload in parts", () => {
  it("begins nothing while there is less than a part", async () => {
    const store = new MemoryObjectStore();
    const upload = uploadTo(store);

    await upload.append(bytes("a"));
    await upload.append(bytes("b"));

    expect(upload.uploadId).toBeUndefined();
    expect(new TextDecoder().decode(upload.tail())).toBe("ab");
    expect(store.calls).toEqual([]);
  });

  it("cuts bytes into equal parts, whatever they come in", async () => {
    const store = new MemoryObjectStore();
    const upload = uploadTo(store);

    await upload.append(bytes("0"));
    await upload.append(bytes("12345678"));
    await upload.append(bytes("9"));
    expect((await upload.parts()).map(({ length }) => length)).toEqual([3, 3, 3]);
    await upload.complete();

    expect(Buffer.from(store.objects.get("key")!.bytes).toString()).toBe("0123456789");
  });

  it("copies what it is given", async () => {
    const store = new MemoryObjectStore();
    const upload = uploadTo(store);
    const reused = bytes("abcd");

    await upload.append(reused);
    reused.fill(0);
    await upload.complete();

    expect(Buffer.from(store.objects.get("key")!.bytes).toString()).toBe("abcd");
  });

  it("has no more parts on their way than there are slots", async () => {
    const store = new MemoryObjectStore();
    let underWay = 0;
    let most = 0;
    const answers: (() => void)[] = [];
    store.before = async (call) => {
      if (call !== "uploadPart") return;
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => answers.push(resolve));
      underWay--;
    };
    const upload = uploadTo(store, 2);
    let isDone = false;

    const appended = upload.append(bytes("012345678901")).then(() => {
      isDone = true;
    });
    await untilIdle();
    expect(isDone).toBe(false);
    while (!isDone || answers.length > 0) {
      answers.shift()?.();
      await untilIdle();
    }
    await appended;

    expect(most).toBe(2);
    expect(await upload.parts()).toHaveLength(4);
  });

  it("tells of a part that failed at the next call, and of nothing else", async () => {
    const store = new MemoryObjectStore();
    store.before = (call) => {
      if (call === "uploadPart") throw new Error("lost");
    };
    const upload = uploadTo(store);

    await upload.append(bytes("abc"));
    await untilIdle();

    await expect(upload.append(bytes("def"))).rejects.toThrow("lost");
    await expect(upload.parts()).rejects.toThrow("lost");
    await expect(upload.complete()).rejects.toThrow("lost");
    await upload.abort();
    expect(store.uploads.size).toBe(0);
  });
});

/** Lets everything happen that waits for nothing but its turn. */
async function untilIdle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
