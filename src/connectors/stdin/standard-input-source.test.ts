import { describe, expect, it } from "vitest";
import { ScriptedSourceJob } from "../scripted-job.ts";
import { StandardInputSource } from "./standard-input-source.ts";

async function* bytes(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

async function linesFrom(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const job = new ScriptedSourceJob(
    StandardInputSource.lines(() => bytes(...chunks)),
    1,
  );
  expect(await job.run(10)).toBe(true);
  return job.values;
}

describe("StandardInputSource", () => {
  it("emits lines, wherever the input is cut in chunks", async () => {
    expect(await linesFrom("on", "e\ntwo\n\nthr", "ee\n")).toEqual(["one", "two", "", "three"]);
  });

  it("counts a last line without a line feed", async () => {
    expect(await linesFrom("one\ntwo")).toEqual(["one", "two"]);
  });

  it("takes carriage returns off, also when the line feed comes in the next chunk", async () => {
    expect(await linesFrom("one\r", "\ntwo\r\n")).toEqual(["one", "two"]);
  });

  it("puts characters together that were cut in two", async () => {
    const text = Buffer.from("Zürich 🌍\n");

    for (let cut = 1; cut < text.length; cut++) {
      expect(await linesFrom(text.subarray(0, cut), text.subarray(cut))).toEqual(["Zürich 🌍"]);
    }
  });

  it("goes on with the next lines after a restart, and loses none that was being waited for", async () => {
    let arrive: (chunk: string) => void = () => {};
    async function* input(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("one\n");
      yield Buffer.from(await new Promise<string>((resolve) => (arrive = resolve)));
    }
    const source = StandardInputSource.lines(input);
    const before = new ScriptedSourceJob(source, 1);
    await before.readers[0]!.mailbox.deliverNext();
    before.readers[0]!.poll(10);
    await before.readers[0]!.mailbox.deliverNext();
    before.readers[0]!.poll(10);
    expect(before.values).toEqual(["one"]);
    before.close();

    const after = new ScriptedSourceJob(source, 1, before.snapshot());
    after.readers[0]!.poll(10);
    arrive("two\n");

    expect(await after.run(10)).toBe(true);
    expect(after.values).toEqual(["two"]);
  });
});
