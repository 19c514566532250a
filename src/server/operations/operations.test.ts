import { describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { Operations } from "./operations.ts";

describe("operations that take time", () => {
  it("are under way until they end, and then say how", async () => {
    const operations = new Operations<string>(new ManualClock());
    let finish!: (result: string) => void;
    const done = new Promise<string>((resolve) => {
      finish = resolve;
    });

    const id = operations.start("job", undefined, () => done);
    const failing = operations.start("job", undefined, async () => {
      throw new Error("no room");
    });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(operations.find("job", id)).toEqual({ kind: "in-progress" });

    finish("file:///savepoint");
    await done;
    await undefined;
    expect(operations.find("job", id)).toMatchObject({ kind: "completed", result: "file:///savepoint" });
    expect(operations.find("job", failing)).toMatchObject({ kind: "failed", error: { message: "no room" } });
  });

  it("are started once for an id that is given twice, and are another job's matter there", async () => {
    const operations = new Operations<number>(new ManualClock());
    let started = 0;
    const run = async (): Promise<number> => ++started;

    for (const subject of ["a", "a", "b"]) operations.start(subject, "1".repeat(32), run);

    expect(started).toBe(2);
    expect(operations.find("c", "1".repeat(32))).toBeUndefined();
  });

  it("are forgotten five minutes after their end, and the oldest that have ended when there are too many", async () => {
    const clock = new ManualClock();
    const operations = new Operations<void>(clock);
    const ended = operations.start("job", undefined, async () => {});
    const running = operations.start("job", undefined, () => new Promise(() => {}));
    await undefined;

    clock.advance(299_000);
    expect(operations.find("job", ended)).toBeDefined();
    clock.advance(2_000);
    expect(operations.find("job", ended)).toBeUndefined();
    expect(operations.find("job", running)).toEqual({ kind: "in-progress" });

    const ids: string[] = [];
    for (let count = 0; count < 1_200; count++) {
      ids.push(operations.start("job", undefined, async () => {}));
      await undefined;
    }
    expect(operations.find("job", ids[0]!)).toBeUndefined();
    expect(operations.find("job", ids.at(-1)!)).toBeDefined();
    expect(operations.find("job", running)).toBeDefined();
  });
});
