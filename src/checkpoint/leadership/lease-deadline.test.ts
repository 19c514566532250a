import { describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { LeaseDeadline } from "./lease-deadline.ts";

describe("the deadline of a lease", () => {
  it("is the same for all who share its memory, by one clock", () => {
    const clock = new ManualClock(5_000);
    const deadline = new LeaseDeadline(clock);
    const inWorker = new LeaseDeadline(clock, deadline.memory);
    deadline.move(6_000.5);

    clock.advance(1_000);
    expect(() => inWorker.check("a commit")).not.toThrow();
    clock.advance(1);
    expect(() => inWorker.check("a commit")).toThrow(/LEADERSHIP_LOST: a commit was called off/);
  });

  it("has passed before it was ever set, and once the leadership is over", () => {
    const deadline = new LeaseDeadline(new ManualClock(0));
    expect(deadline.hasPassed).toBe(true);

    deadline.move(1_000);
    expect(deadline.hasPassed).toBe(false);
    deadline.pass();
    expect(deadline.hasPassed).toBe(true);
  });
});
