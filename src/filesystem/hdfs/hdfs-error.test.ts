import { describe, expect, it } from "vitest";
import { hdfsError } from "./hdfs-error.ts";
import { RemoteException } from "./remote-exception.ts";

const PATH = "/namenode:9870/flights/a";

describe("an error of HDFS", () => {
  it.each([
    [
      new RemoteException("FileNotFoundException", 404, "File does not exist: /flights/a"),
      "FILE_NOT_FOUND",
      /Check the path/,
    ],
    [
      new RemoteException("ParentNotDirectoryException", 403, "/flights (is not a directory)"),
      "FILE_FAILED",
      /choose another path/,
    ],
    [
      new RemoteException("AccessControlException", 403, "/flights (is not a directory)"),
      "FILE_FAILED",
      /choose another path/,
    ],
    [
      new RemoteException("FileAlreadyExistsException", 403, "/flights/a already exists as a directory"),
      "FILE_FAILED",
      /folder/,
    ],
    [new RemoteException("DSQuotaExceededException", 403, "quota"), "FILE_FAILED", /quota/],
    [
      new RemoteException("AccessControlException", 403, "Permission denied: user=me"),
      "FILE_FAILED",
      /User "me".*HADOOP_USER_NAME/,
    ],
    [new RemoteException("SafeModeException", 403, "Name node is in safe mode"), "FILE_FAILED", /safe mode/],
    [new RemoteException("StandbyException", 403, "READ is not supported"), "FILE_FAILED", /name them all/],
    [
      new RemoteException("AlreadyBeingCreatedException", 403, "lease"),
      "FILE_FAILED",
      /Another process has the file open/,
    ],
    [new RemoteException("", 401, "HTTP 401"), "FILE_FAILED", /Kerberos/],
    [
      new RemoteException("", 404, "HTTP 404: It looks like you are making an HTTP request to a Hadoop IPC port."),
      "FILE_FAILED",
      /9870/,
    ],
    [new RemoteException("IOException", 500, "odd"), "FILE_FAILED", /See the cause/],
    [Object.assign(new Error("refused"), { code: "ECONNREFUSED" }), "FILE_FAILED", /9870/],
    [Object.assign(new Error("Parse Error"), { code: "HPE_INVALID_CONSTANT" }), "FILE_FAILED", /not 8020/],
  ] as const)("%s is %s, with what to do", (cause, code, advice) => {
    const error = hdfsError("read", PATH, "me", cause);

    expect(error.code).toBe(code);
    expect(error.message).toContain(`could not read ${PATH}`);
    expect(error.advice).toMatch(advice);
    expect(error.cause).toBeDefined();
  });
});
