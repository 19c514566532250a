import { describe, expect, it } from "vitest";
import { type JobLog, jsonLogTo, withFields } from "./job-log.ts";

describe("a log in JSON", () => {
  it("has a line for a line, with level, time and what it is about", () => {
    const written: string[] = [];
    const log = withFields(jsonLogTo({ write: (text: string) => void written.push(text) }), { job: "clicks" });

    log.warn("checkpoint 42 was declined", { checkpoint: 42 });
    log.info("it goes on");

    const [first, second] = written.map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(first).toMatchObject({ level: "warn", name: "millrace", job: "clicks", checkpoint: 42 });
    expect(first?.["msg"]).toBe("checkpoint 42 was declined");
    expect(first?.["time"]).toBeTypeOf("number");
    expect(second).toMatchObject({ level: "info", job: "clicks", msg: "it goes on" });
    expect(written.every((text) => text.indexOf("\n") === text.length - 1)).toBe(true);
  });
});

describe("fields that all lines have", () => {
  it("give way to those of a line", () => {
    const seen: unknown[] = [];
    const log: JobLog = { info: (_line, fields) => seen.push(fields), warn() {} };

    withFields(log, { job: "clicks", subtask: 0 }).info("moved", { subtask: 3 });

    expect(seen).toEqual([{ job: "clicks", subtask: 3 }]);
  });
});
