import { describe, expect, it } from "vitest";
import { jobAddress, parseRoute } from "./route.ts";

describe("an address", () => {
  it("leads to the page that it was made for", () => {
    const route = parseRoute(jobAddress("ab12", "state", "7", { state: "counts/total", before: undefined }));

    expect(route).toMatchObject({ page: "job", job: "ab12", tab: "state", selected: "7" });
    expect(route.page === "job" && [...route.query]).toEqual([["state", "counts/total"]]);
  });

  it("leads to the list of jobs where it names none", () => {
    expect(["", "#", "#/", "#/jobs", "#/jobs/", "#/else"].map(parseRoute)).toEqual(Array(6).fill({ page: "jobs" }));
  });

  it("leads to the graph where it names a tab that does not exist", () => {
    expect(parseRoute("#/jobs/ab12/flames")).toMatchObject({ tab: "graph", selected: undefined });
  });
});
