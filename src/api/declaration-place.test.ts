import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { declarationPlace, placeInStack } from "./declaration-place.ts";

const OWN = "/opt/app/node_modules/millrace/dist/";
const SOURCES = "/opt/app/node_modules/millrace/src/";

describe("the place of a declaration", () => {
  it("is the first frame outside of Millrace", () => {
    const stack = [
      "Error",
      `    at declarationPlace (file://${OWN}api/declaration-place.js:12:17)`,
      `    at Program.declare (${OWN}api/program.js:34:5)`,
      `    at DataStream.map (${SOURCES}api/data-stream.ts:56:7)`,
      "    at Array.map (<anonymous>)",
      "    at node:internal/modules/esm/module_job:195:25",
      "    at file:///opt/app/job%20one.js:7:9",
      "    at file:///opt/app/other.js:1:1",
    ].join("\n");

    expect(placeInStack(stack, [SOURCES, OWN])).toBe("/opt/app/job one.js:7:9");
  });

  it("is read from a named frame too", () => {
    expect(placeInStack("Error\n    at new Job (/opt/app/job.js:7:9)", [SOURCES, OWN])).toBe("/opt/app/job.js:7:9");
    expect(placeInStack("Error\n    at async main (file:///opt/app/job.js:7:9)", [SOURCES, OWN])).toBe(
      "/opt/app/job.js:7:9",
    );
  });

  it("is relative to the working directory where it lies in it", () => {
    expect(placeInStack(`Error\n    at ${join(process.cwd(), "jobs/a.ts")}:1:2`, [SOURCES, OWN])).toBe("jobs/a.ts:1:2");
  });

  it("is unknown where no frame is outside", () => {
    expect(placeInStack(`Error\n    at x (${OWN}a.js:1:1)`, [SOURCES, OWN])).toBeUndefined();
  });

  it("is this line here", () => {
    expect(declarationPlace()()).toMatch(/^src\/api\/declaration-place\.test\.ts:\d+:\d+$/);
  });
});
