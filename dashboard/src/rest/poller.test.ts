import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Poller, pauseMs } from "./poller.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Answers what the test puts into `answers`; undefined fails. */
function polling(answers: readonly (number | undefined)[]) {
  const seen: (number | string)[] = [];
  let asked = 0;
  const poller = new Poller<number>({
    ask: async () => {
      const answer = answers[asked++];
      if (answer === undefined) throw new Error("gone");
      return answer;
    },
    intervalMs: 1000,
    onAnswer: (answer) => seen.push(answer),
    onFailure: (error) => seen.push((error as Error).message),
  });
  return { poller, seen, asked: () => asked };
}

describe("a poller", () => {
  it("asks at once, and an interval after each answer", async () => {
    const { poller, seen } = polling([1, 2, 3]);

    poller.start();
    await vi.advanceTimersByTimeAsync(2500);
    poller.stop();

    expect(seen).toEqual([1, 2, 3]);
  });

  it("waits longer after each failure, and no longer than before once it is answered", async () => {
    const { poller, seen, asked } = polling([undefined, undefined, 3, 4]);

    poller.start();
    await vi.advanceTimersByTimeAsync(1999);
    expect(asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(1 + 4000);
    expect(seen).toEqual(["gone", "gone", 3]);
    await vi.advanceTimersByTimeAsync(1000);
    poller.stop();

    expect(seen).toEqual(["gone", "gone", 3, 4]);
  });

  it("aborts what is under way when it is stopped, and reports it to nobody", async () => {
    const seen: unknown[] = [];
    let signal: AbortSignal | undefined;
    const poller = new Poller<number>({
      ask: (given) => {
        signal = given;
        return new Promise((_resolve, reject) => given.addEventListener("abort", () => reject(new Error("aborted"))));
      },
      intervalMs: 1000,
      onAnswer: (answer) => seen.push(answer),
      onFailure: (error) => seen.push(error),
    });

    poller.start();
    poller.stop();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(signal?.aborted).toBe(true);
    expect(seen).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("asks no more when a callback stops it", async () => {
    let asked = 0;
    const poller: Poller<number> = new Poller({
      ask: async () => asked++,
      intervalMs: 1000,
      onAnswer: () => poller.stop(),
      onFailure: () => {},
    });

    poller.start();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(asked).toBe(1);
  });

  it("never waits less than its interval, nor longer than ten seconds where that is shorter", () => {
    expect([0, 1, 2, 3, 4, 20].map((failures) => pauseMs(1000, failures))).toEqual([
      1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
    expect(pauseMs(30_000, 3)).toBe(30_000);
  });
});
