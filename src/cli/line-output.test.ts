import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { first, writeLines } from "./line-output.ts";

async function* numbers(): AsyncGenerator<string> {
  for (let n = 1; ; n++) yield String(n);
}

describe("lines", () => {
  it("are as many as asked for", async () => {
    const all: string[] = [];
    for await (const line of first(numbers(), 3)) all.push(line);
    for await (const line of first(numbers(), 0)) all.push(line);

    expect(all).toEqual(["1", "2", "3"]);
  });

  it("wait for whoever takes them", async () => {
    let text = "";
    const out = new Writable({
      highWaterMark: 4,
      write(chunk, _encoding, done) {
        text += chunk;
        process.nextTick(done);
      },
    });

    await writeLines(first(numbers(), 5), out);

    expect(text).toBe("1\n2\n3\n4\n5\n");
    expect(out.writableLength).toBeLessThanOrEqual(4);
  });

  it.each([
    ["EPIPE", "end where the reader has had enough"],
    ["EIO", "fail where they cannot be written"],
  ])("of which the writing fails with %s %s", async (code) => {
    const out = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error(code), { code }));
      },
    });

    const written = writeLines(numbers(), out);

    if (code === "EPIPE") await written;
    else await expect(written).rejects.toThrow("EIO");
  });
});
