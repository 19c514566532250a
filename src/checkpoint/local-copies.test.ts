import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { crc32 } from "../codec/crc32.ts";
import { LocalCopies } from "./local-copies.ts";

const CHK_1 = "s3://bucket/clicks/chk-1";
const CHK_2 = "s3://bucket/clicks/chk-2";

let folder: string;
let copies: LocalCopies;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
  copies = new LocalCopies(join(folder, "copies"), "count-0");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file of the back end's, and what it is where checkpoints are. */
function uploaded(file: string, text = file) {
  const path = join(folder, file.replaceAll("/", "_"));
  const bytes = Buffer.from(text);
  writeFileSync(path, bytes);
  return { path, data: { kind: "file", file, length: bytes.length, crc32: crc32(bytes) } as const };
}

const target = (): string => join(folder, "target");

describe("LocalCopies", () => {
  it("give back what was kept, by whichever checkpoint it is named", async () => {
    const { path, data } = uploaded("../shared/chk-1_1.sst", "entries");
    copies.keep(CHK_1, data, path);
    rmSync(path);

    expect(await copies.take(CHK_2, data, target(), false)).toBe("taken");
    expect(readFileSync(target(), "utf8")).toBe("entries");
    const other = "s3://bucket/views/chk-2";
    expect(await copies.take(other, data, join(folder, "other"), false)).toBe("missing");
  });

  it("give a file of its own to whoever may write to it", async () => {
    const { path, data } = uploaded("count-0-MANIFEST");
    copies.keep(CHK_1, data, path);
    expect(await copies.take(CHK_1, data, target(), true)).toBe("taken");
    expect(statSync(target()).ino).not.toBe(statSync(path).ino);
    expect(await copies.take(CHK_2, data, join(folder, "other"), true)).toBe("missing");
  });

  it("know what is damaged, and then have it no more", async () => {
    const { path, data } = uploaded("../shared/chk-1_1.sst");
    copies.keep(CHK_1, data, path);
    writeFileSync(path, "something else");
    expect(await copies.take(CHK_1, data, target(), false)).toBe("damaged");
    expect(await copies.take(CHK_1, data, target(), false)).toBe("missing");
    expect(existsSync(target())).toBe(false);
  });

  it("keep what is wanted, and all of it goes at the end", async () => {
    const first = uploaded("../shared/chk-1_1.sst");
    const second = uploaded("../shared/chk-1_2.sst");
    copies.keep(CHK_1, first.data, first.path);
    copies.keep(CHK_1, second.data, second.path);
    copies.retain([[CHK_2, second.data]]);
    expect(await copies.take(CHK_1, first.data, target(), false)).toBe("missing");
    expect(await copies.take(CHK_1, second.data, target(), false)).toBe("taken");

    copies.end();
    copies.keep(CHK_1, first.data, first.path);
    expect(readdirSync(folder)).not.toContain("copies");
  });

  it("do without a disk that cannot keep any", async () => {
    const { path, data } = uploaded("../shared/chk-1_1.sst");
    const nowhere = new LocalCopies(path, "count-0");
    nowhere.keep(CHK_1, data, path);
    expect(await nowhere.take(CHK_1, data, target(), false)).toBe("missing");
    nowhere.end();
  });
});
