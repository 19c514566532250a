import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileChain } from "./file-chain.ts";
import { filesIn } from "./state-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Behind one linked file of `bytes`. */
function chainBehind(bytes: number, nextNumber = 1): FileChain {
  const linked = join(folder, "linked-1");
  mkdirSync(linked);
  writeFileSync(join(linked, "1.sst"), Buffer.alloc(bytes));
  return new FileChain(folder, linked, Promise.resolve(filesIn(linked)), nextNumber);
}

async function namesOf(chain: FileChain): Promise<string[]> {
  return (await chain.files()).map(({ name }) => name);
}

describe("FileChain", () => {
  it("gives what was linked and a delta for each barrier since; what comes later is not part of it", async () => {
    const chain = chainBehind(10);
    const first = namesOf(chain);
    chain.append("a", Buffer.from("1"));
    expect(chain.extend()).toBe(true);
    const second = chain.files();
    chain.append("b", Buffer.from("2"));
    expect(chain.extend()).toBe(true);

    expect(await first).toEqual(["1.sst"]);
    expect((await second).map(({ name }) => name)).toEqual(["1.sst", "delta-1"]);
    expect(await namesOf(chain)).toEqual(["1.sst", "delta-1", "delta-2"]);
    for (const { path, isFinal } of await second) expect([existsSync(path), isFinal]).toEqual([true, true]);
  });

  it("is at its end after 20 deltas", () => {
    const chain = chainBehind(10);
    for (let barrier = 0; barrier < 20; barrier++) {
      chain.append("a", Buffer.from("1"));
      expect(chain.extend()).toBe(true);
    }
    chain.append("a", Buffer.from("1"));
    expect(chain.extend()).toBe(false);
    expect(chain.nextNumber).toBe(21);
  });

  it("is at its end when more has changed than the base has, which is what was linked and the first delta", async () => {
    const chain = chainBehind(1_500_000);
    await chain.files();
    chain.append("a", Buffer.alloc(3_000_000));
    expect(chain.extend()).toBe(true);
    chain.append("a", Buffer.alloc(4_000_000));
    expect(chain.extend()).toBe(true);
    chain.append("a", Buffer.alloc(600_000));
    expect(chain.isOpen).toBe(false);
    expect(chain.extend()).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(["delta-1", "delta-2", "linked-1"]);
  });

  it("keeps its files until another has taken its place and nobody copies them", async () => {
    const chain = chainBehind(10);
    chain.append("a", Buffer.from("1"));
    chain.extend();
    chain.append("b", Buffer.from("1"));
    await chain.files();
    chain.retire();
    expect(readdirSync(folder).sort()).toEqual(["delta-1", "linked-1"]);
    chain.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is at its end when linking has failed", async () => {
    const chain = new FileChain(folder, join(folder, "linked-1"), Promise.reject(new Error("full")), 1);
    await expect(chain.files()).rejects.toThrow("full");
    await new Promise((resolve) => setImmediate(resolve));
    expect(chain.extend()).toBe(false);
  });
});
