import { describe, expect, it } from "vitest";
import { UnusedStateReport } from "./unused-state-report.ts";

describe("restored state that no operator uses", () => {
  it("is told of in one line per operator, whichever subtasks have it", () => {
    const report = new UnusedStateReport();

    report.add([{ operatorName: "count", states: ["total"] }]);
    report.add([
      { operatorName: "count", states: ["last", "total"] },
      { operatorName: "join", states: ["left"] },
    ]);

    expect(report.takeLines()).toEqual([
      '"count" restored state that it does not use: "last", "total"; it is kept, for a program that does',
      '"join" restored state that it does not use: "left"; it is kept, for a program that does',
    ]);
  });

  it("is told of once, not at every restart", () => {
    const report = new UnusedStateReport();
    report.add([{ operatorName: "count", states: ["total"] }]);
    report.takeLines();

    report.add([{ operatorName: "count", states: ["total"] }]);

    expect(report.takeLines()).toEqual([]);
  });
});
