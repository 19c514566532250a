import { describe, expect, it } from "vitest";
import { childOf, nameNodesOf, pathOf, placeAt } from "./hdfs-path.ts";

describe("paths on HDFS", () => {
  it("start with the authority of the URI", () => {
    expect(placeAt("/namenode:9870/a/b c")).toEqual({ authority: "namenode:9870", path: "/a/b c" });
    expect(placeAt("/namenode")).toEqual({ authority: "namenode", path: "/" });
    expect(pathOf({ authority: "namenode", path: "/" })).toBe("/namenode");
    expect(pathOf({ authority: "namenode", path: "/a" })).toBe("/namenode/a");
    expect(childOf({ authority: "namenode", path: "/" }, "a")).toBe("/namenode/a");
    expect(childOf({ authority: "namenode", path: "/a" }, "b")).toBe("/namenode/a/b");
  });

  it("name one NameNode or several, each with the web port where none is given", () => {
    expect(nameNodesOf("nn1,nn2:50070")).toEqual(["http://nn1:9870/webhdfs/v1", "http://nn2:50070/webhdfs/v1"]);
  });
});
