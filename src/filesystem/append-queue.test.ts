import { describe, expect, it } from "vitest";
import { AppendQueue } from "./append-queue.ts";

describe("append queue", () => {
  it("runs one write at a time, in order", async () => {
    const queue = new AppendQueue();
    const log: string[] = [];
    const write = (name: string) => async (): Promise<void> => {
      log.push(`${name} starts`);
      await Promise.resolve();
      log.push(`${name} ends`);
    };

    await Promise.all([queue.run(write("a")), queue.run(write("b"))]);

    expect(log).toEqual(["a starts", "a ends", "b starts", "b ends"]);
  });

  it("fails all later writes with the error of the first that failed, without running them", async () => {
    const queue = new AppendQueue();
    const error = new Error("full");
    let ran = 0;
    const failing = queue.run(() => Promise.reject(error));
    const later = queue.run(async () => void ran++);

    await expect(failing).rejects.toBe(error);
    await expect(later).rejects.toBe(error);
    await queue.idle();
    expect(ran).toBe(0);
  });
});
