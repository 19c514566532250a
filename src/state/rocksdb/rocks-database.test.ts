import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { bindingPackage, hasBinding, loadBinding } from "./binding.ts";
import { type DbKey, openRocksDatabase, type RocksDatabase } from "./rocks-database.ts";

const isTestedPlatform = bindingPackage() === "@harperfast/rocksdb-js-linux-x64-glibc";

describe("the RocksDB library", () => {
  it("is there on Linux on x64, and where it is not, says which command installs it", () => {
    expect(hasBinding() || !isTestedPlatform, "run npm test, which installs it").toBe(true);
    const missing = () => {
      throw new Error("Cannot find module");
    };
    expect(() => loadBinding(missing)).toThrow(
      expect.objectContaining({
        code: "DEPENDENCY_MISSING",
        advice: expect.stringContaining(`npm install ${bindingPackage()}@`),
      }),
    );
  });
});

describe.runIf(hasBinding())("RocksDatabase", () => {
  const folders: string[] = [];
  const open: RocksDatabase[] = [];

  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-"));
    folders.push(folder);
    return folder;
  };
  const openIn = (folder: string): RocksDatabase => {
    const database = openRocksDatabase(folder);
    open.push(database);
    return database;
  };
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  const textOf = (value: Uint8Array | undefined): string | undefined =>
    value === undefined ? undefined : Buffer.from(value).toString();
  const all = (database: RocksDatabase, from: DbKey = "\0", to: DbKey = "\u00ff"): string[] => {
    const found: string[] = [];
    const scan = database.scan(from, to);
    while (scan.next()) found.push(`${scan.key}=${textOf(scan.value)}`);
    return found;
  };

  afterEach(() => {
    for (const database of open.splice(0)) database.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it("puts, gets and deletes, values of any length", () => {
    const database = openIn(join(newFolder(), "db"));
    const long = "x".repeat(5 * 1024 * 1024);
    database.write([
      { key: "a", value: bytes("1") },
      { key: "b", value: bytes("") },
      { key: "c", value: bytes(long) },
    ]);
    expect(["a", "b", "c", "d"].map((key) => textOf(database.get(key)))).toEqual(["1", "", long, undefined]);
    database.delete("a");
    expect(database.get("a")).toBeUndefined();
  });

  it("scans in the order of bytes, within bounds, what was there when the scan began", () => {
    const database = openIn(join(newFolder(), "db"));
    for (const key of ["\u00fe", "b\0", "b", "a", "bz", "c"]) database.put(key, bytes(key));
    const scan = database.scan("b", "c");
    database.put("bb", bytes("late"));
    database.delete("bz");
    const found: string[] = [];
    while (scan.next()) found.push(scan.key);
    expect(found).toEqual(["b", "b\0", "bz"]);
    expect(all(database).map((entry) => entry.split("=")[0])).toEqual(["a", "b", "b\0", "bb", "c", "\u00fe"]);
    database.deleteRange("b", "c");
    expect(all(database)).toHaveLength(3);
  });

  it("links a checkpoint that stays as it is and can be opened as a database", async () => {
    const folder = newFolder();
    const database = openIn(join(folder, "db"));
    for (let i = 0; i < 1000; i++) database.put(`key ${i}`, bytes(String(i)));
    const done = database.checkpoint(join(folder, "chk"));
    expect(database.awaitCheckpoint(join(folder, "chk"))).toBe(true);
    await done;
    for (let i = 0; i < 1000; i++) database.put(`key ${i}`, bytes("changed"));
    database.close();
    rmSync(join(folder, "db"), { recursive: true });

    expect(readdirSync(join(folder, "chk")).some((name) => name.endsWith(".sst"))).toBe(true);
    const copy = openIn(join(folder, "chk"));
    expect(textOf(copy.get("key 999"))).toBe("999");
    expect(all(copy)).toHaveLength(1000);
  });

  it("refuses a checkpoint into a folder that exists", async () => {
    const folder = newFolder();
    const database = openIn(join(folder, "db"));
    await expect(database.checkpoint(folder)).rejects.toMatchObject({ code: "FILE_FAILED" });
  });

  it("can be closed while a scan is open", () => {
    const folder = join(newFolder(), "db");
    const database = openIn(folder);
    database.put("a", bytes("1"));
    const scan = database.scan("a", "b");
    database.close();
    expect(scan.next()).toBe(false);
    expect(existsSync(folder)).toBe(true);
  });

  it("says which folder cannot be used", () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    expect(() => openIn(join(file, "db"))).toThrow(expect.objectContaining({ code: "FILE_FAILED" }));
  });
});
