import { expect, it } from "vitest";
import { MemoryObjectStore } from "./memory-object-store.ts";
import { describeObjectStore } from "./object-store.contract.ts";

describeObjectStore("memory", () => ({ store: new MemoryObjectStore(), bucket: "bucket", prefix: "test" }));

it("lets a test see and hold up every call", async () => {
  const store = new MemoryObjectStore();
  store.before = (call) => {
    if (call === "put") throw new Error("not now");
  };

  await expect(store.put({ bucket: "b", key: "k" }, new Uint8Array(1))).rejects.toThrow("not now");

  expect(await store.head({ bucket: "b", key: "k" })).toBeUndefined();
  expect(store.calls).toEqual(["put", "head"]);
});
