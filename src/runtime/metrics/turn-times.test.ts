import { describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { type SteppedTask, TaskTimer, TurnTimes } from "./turn-times.ts";

describe("where the time of a thread goes", () => {
  it("calls the upstream one backpressured and the downstream one idle while the other works", () => {
    const { source, window, turn } = thread();

    for (let count = 0; count < 100; count++) turn({ sourceMs: 1, windowMs: 3 });

    expect(shares(source)).toEqual({ busy: 25, idle: 0, backPressured: 75 });
    expect(shares(window)).toEqual({ busy: 75, idle: 25, backPressured: 0 });
  });

  it("calls a source without records idle while others work off what is left", () => {
    const { source, turn } = thread();
    turn({ sourceMs: 1, windowMs: 1 });
    source.times.hasMore = false;

    turn({ sourceMs: 0, windowMs: 8 });

    expect(source.times.idleMs).toBeGreaterThan(3);
    expect(source.times.backPressuredMs).toBe(1);
  });

  it("counts a full channel as backpressure, also while the thread sleeps", () => {
    const { source, times, clock, tasks } = thread();
    source.isBackPressured = true;
    times.sleep();

    clock.advance(40);
    times.settle(tasks);

    expect(shares(source)).toEqual({ busy: 0, idle: 0, backPressured: 100 });
    expect(source.times.longestBackPressuredMs).toBe(40);
  });

  it("counts sleep as idle, up to the moment somebody looks", () => {
    const { source, window, times, clock, tasks } = thread();
    times.sleep();

    clock.advance(10);
    times.settle(tasks);
    clock.advance(5);
    times.settle(tasks);

    expect([source.times.idleMs, window.times.idleMs]).toEqual([15, 15]);
  });

  it("measures steps by themselves only in one turn of many", () => {
    const { turn } = thread();

    const measured = Array.from({ length: 512 }, () => turn({ sourceMs: 1, windowMs: 1 })).filter(Boolean);

    expect(measured.length).toBe(4);
  });
});

interface MutableTask extends SteppedTask {
  isBackPressured: boolean;
}

function thread() {
  const clock = new ManualClock();
  const times = new TurnTimes(() => clock.nowMs());
  const source: MutableTask = { times: new TaskTimer(), isBackPressured: false };
  const window: MutableTask = { times: new TaskTimer(), isBackPressured: false };
  source.times.hasMore = true;
  const tasks = [source, window];
  const turn = ({ sourceMs, windowMs }: { sourceMs: number; windowMs: number }): boolean => {
    const measured = times.beginTurn(tasks);
    clock.advance(sourceMs);
    if (measured) times.stepped(source);
    clock.advance(windowMs);
    if (measured) times.stepped(window);
    times.endTurn(tasks);
    return measured;
  };
  return { clock, times, source, window, tasks, turn };
}

function shares({ times: { busyMs, idleMs, backPressuredMs } }: SteppedTask) {
  const percent = (ms: number): number => Math.round((100 * ms) / (busyMs + idleMs + backPressuredMs));
  return { busy: percent(busyMs), idle: percent(idleMs), backPressured: percent(backPressuredMs) };
}
