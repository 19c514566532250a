import process from "node:process";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.ts";
import { LocalFileSystem } from "./local-file-system.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";
import { registerFileSystem, resolveUri, uriOf } from "./resolve.ts";

describe("resolving a URI", () => {
  it.each([
    ["file:///var/lib/job", "/var/lib/job"],
    ["file:/var/lib/job", "/var/lib/job"],
    ["file://localhost/var/lib/job", "/var/lib/job"],
    ["FILE:///var/lib/job/", "/var/lib/job"],
    ["/var/lib/job", "/var/lib/job"],
    ["/var/lib/a%20b", "/var/lib/a%20b"],
    ["file:///var/lib/a%20b", "/var/lib/a%20b"],
    ["state/job", `${process.cwd()}/state/job`],
    ["./state: new", `${process.cwd()}/state: new`],
  ])("%s is %s on the local disk", (uri, path) => {
    const found = resolveUri(uri);
    expect(found.path).toBe(path);
    expect(found.fileSystem).toBeInstanceOf(LocalFileSystem);
  });

  it.each(["memory:///a/b", "memory://a/b", "memory:/a/b"])("%s is /a/b in one memory", (uri) => {
    const found = resolveUri(uri);
    expect(found.path).toBe("/a/b");
    expect(found.fileSystem).toBeInstanceOf(MemoryFileSystem);
    expect(found.fileSystem).toBe(resolveUri("memory:///other").fileSystem);
  });

  it.each(["file://otherhost/var", "file:relative", ""])("refuses %j", (uri) => {
    expect(() => resolveUri(uri)).toThrow(ConfigError);
  });

  it("says which schemes there are, for one it does not know", () => {
    expect(() => resolveUri("s3://bucket/key")).toThrow(/FILESYSTEM_UNKNOWN.*"s3:"(.|\n)*file:, memory:/);
  });

  it("takes up a file system that was registered", () => {
    const fileSystem = new MemoryFileSystem();
    registerFileSystem("Test-Disk", () => fileSystem);
    expect(resolveUri("test-disk://volume/a")).toEqual({ fileSystem, path: "/volume/a" });
  });

  it("understands what it has named", () => {
    const { fileSystem, path } = resolveUri("/var/lib/flight%20delays/chk-1");
    expect(uriOf(fileSystem, path)).toBe("file:///var/lib/flight%20delays/chk-1");
    expect(resolveUri(uriOf(fileSystem, path))).toEqual({ fileSystem, path });
  });
});
