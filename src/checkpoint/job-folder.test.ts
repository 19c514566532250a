import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { folderOfJob, jobOfFolder } from "./job-folder.ts";

describe("the folder of a job", () => {
  it.each([
    ["clicks", "clicks"],
    ["flight delays", "flight%20delays"],
    ["../../etc", "%2E.%2F..%2Fetc"],
    [".", "%2E"],
    ["..", "%2E."],
    ["a/b\\c", "a%2Fb%5Cc"],
    ["100%", "100%25"],
    ["*", "%2A"],
  ])("of %j is %s", (jobName, folder) => {
    expect(folderOfJob(jobName)).toBe(folder);
    expect(jobOfFolder(folder)).toBe(jobName);
  });

  it("tells the job's name, for any name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), (jobName) => {
        const folder = folderOfJob(jobName);
        expect(folder).toMatch(/^[^./\0][^/\0]*$/);
        expect(jobOfFolder(folder)).toBe(jobName);
      }),
    );
  });

  it("refuses a name that cannot be one", () => {
    for (const jobName of ["", "x".repeat(256), "\ud800"]) expect(() => folderOfJob(jobName)).toThrow(/CONFIG_INVALID/);
  });

  it("shows a folder that it did not name as it is", () => {
    expect(jobOfFolder("100%")).toBe("100%");
  });
});
