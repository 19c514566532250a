import { describe, expect, it } from "vitest";
import { type AccessFacts, isLoopback, refusalOf } from "./access.ts";

const asked: AccessFacts = {
  method: "GET",
  path: "/jobs",
  host: "127.0.0.1:8081",
  origin: undefined,
  fetchSite: undefined,
  authorization: undefined,
  isPublic: false,
};

const statusOf = (facts: Partial<AccessFacts>, token?: string): number | undefined =>
  refusalOf({ ...asked, ...facts }, { token })?.status;

describe("who may ask", () => {
  it("is a tool on this machine, and the dashboard's own page", () => {
    expect(statusOf({})).toBeUndefined();
    expect(statusOf({ host: "localhost:8081" })).toBeUndefined();
    expect(statusOf({ host: "[::1]:8081" })).toBeUndefined();
    expect(
      statusOf({ host: "localhost:8081", origin: "http://localhost:8081", fetchSite: "same-origin" }),
    ).toBeUndefined();
  });

  it("is nobody who came by another name, as a page of elsewhere does whose name was made to lead here", () => {
    expect(statusOf({ host: "evil.example:8081" })).toBe(403);
    expect(statusOf({ host: "127.0.0.1.evil.example:8081" })).toBe(403);
    expect(statusOf({ host: undefined })).toBe(403);
  });

  it("is no page of elsewhere, by whatever it sends", () => {
    expect(statusOf({ method: "POST", origin: "https://evil.example" })).toBe(403);
    expect(statusOf({ method: "POST", origin: "null" })).toBe(403);
    expect(statusOf({ origin: "http://localhost:3000", host: "localhost:8081" })).toBe(403);
    // A picture or a link, of which browsers send no origin.
    expect(statusOf({ path: "/jobs/1/yarn-cancel", fetchSite: "cross-site" })).toBe(403);
    expect(statusOf({ path: "/jobs/1/yarn-cancel", fetchSite: "same-site" })).toBe(403);
  });

  it("may open the dashboard by a link from anywhere", () => {
    expect(statusOf({ path: "/", fetchSite: "cross-site" })).toBeUndefined();
    expect(statusOf({ path: "/", fetchSite: "cross-site", method: "POST" })).toBe(403);
  });

  it("has to know the token where there is one, by whatever name it came; but not for the page that asks for it", () => {
    const facts = { host: "flights.example:8081" };

    expect(statusOf(facts, "secret")).toBe(401);
    expect(statusOf({ ...facts, authorization: "Bearer wrong" }, "secret")).toBe(401);
    expect(statusOf({ ...facts, authorization: "secret" }, "secret")).toBe(401);
    expect(statusOf({ ...facts, authorization: "Bearer secret" }, "secret")).toBeUndefined();
    expect(statusOf({ ...facts, path: "/", isPublic: true }, "secret")).toBeUndefined();
  });

  it("can reach a loopback address from this machine only", () => {
    expect(["127.0.0.1", "127.8.8.8", "::1", "localhost"].every(isLoopback)).toBe(true);
    expect(["0.0.0.0", "::", "10.0.0.1", "flights.example", "127.evil.example"].some(isLoopback)).toBe(false);
  });
});
