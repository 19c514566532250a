import { describe, expect, it } from "vitest";
import { MillraceError } from "../../core/errors.ts";
import { foldersAbove, objectAt, pathOf, placeAt, prefixOf } from "./s3-path.ts";

describe("paths on S3", () => {
  it("start with the bucket", () => {
    expect(objectAt("read", "/bucket/a/b c")).toEqual({ bucket: "bucket", key: "a/b c" });
    expect(placeAt("list", "/bucket")).toEqual({ bucket: "bucket", key: "" });
    expect(pathOf({ bucket: "bucket", key: "a/b" })).toBe("/bucket/a/b");
    expect(pathOf({ bucket: "bucket", key: "" })).toBe("/bucket");
  });

  it("name no file by a bucket alone, and nothing by the root", () => {
    expect(() => objectAt("read", "/bucket")).toThrow(MillraceError);
    expect(() => placeAt("list", "/")).toThrow(/starts with a bucket/);
  });

  it("have their folders as prefixes", () => {
    expect(prefixOf({ bucket: "bucket", key: "a/b" })).toBe("a/b/");
    expect(prefixOf({ bucket: "bucket", key: "" })).toBe("");
    expect(foldersAbove("a/b/c")).toEqual(["a", "a/b"]);
    expect(foldersAbove("a")).toEqual([]);
  });
});
