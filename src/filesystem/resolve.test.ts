import process from "node:process";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.ts";
import { HdfsFileSystem } from "./hdfs/hdfs-file-system.ts";
import { LocalFileSystem } from "./local-file-system.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";
import { configureFileSystems, registerFileSystem, resolveUri, uriOf } from "./resolve.ts";
import { S3FileSystem } from "./s3/s3-file-system.ts";

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
    expect(() => resolveUri("ftp://host/key")).toThrow(/FILESYSTEM_UNKNOWN.*"ftp:"(.|\n)*file:, memory:, s3:/);
  });

  it.each(["s3", "s3a"])("%s://bucket/key has the bucket first in its path", (scheme) => {
    const { fileSystem, path } = resolveUri(`${scheme}://bucket/flights/chk-1`);

    expect(path).toBe("/bucket/flights/chk-1");
    expect(fileSystem).toBeInstanceOf(S3FileSystem);
    expect(uriOf(fileSystem, path)).toBe(`${scheme}://bucket/flights/chk-1`);
  });

  it.each(["hdfs", "webhdfs"])("%s://namenode:9870/flights has the NameNode first in its path", (scheme) => {
    const { fileSystem, path } = resolveUri(`${scheme}://namenode:9870/flights`);

    expect(path).toBe("/namenode:9870/flights");
    expect(fileSystem).toBeInstanceOf(HdfsFileSystem);
    expect(uriOf(fileSystem, path)).toBe(`${scheme}://namenode:9870/flights`);
    expect(() => resolveUri(`${scheme}:///flights`)).toThrow(/CONFIG_INVALID.*names no NameNode/);
  });

  it.each(["s3:///flights", "s3:/bucket", "s3://"])("refuses %s, which names no bucket", (uri) => {
    expect(() => resolveUri(uri)).toThrow(/CONFIG_INVALID.*names no bucket/);
  });

  it("opens S3 anew where its settings have changed", () => {
    configureFileSystems({ s3: { endpoint: "http://127.0.0.1:1" } });
    const { fileSystem } = resolveUri("s3://bucket/a");
    configureFileSystems({ s3: { endpoint: "http://127.0.0.1:1" } });
    configureFileSystems({});
    expect(resolveUri("s3://bucket/a").fileSystem).toBe(fileSystem);

    configureFileSystems({ s3: { region: "here" } });

    expect(resolveUri("s3://bucket/a").fileSystem).not.toBe(fileSystem);
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
