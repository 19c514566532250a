import { describe, expect, it } from "vitest";
import { MillraceError } from "../core/errors.ts";
import { fileError } from "./file-error.ts";

const failed = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code });

describe("errors of files", () => {
  it.each([
    ["ENOSPC", "FILE_FAILED", "The disk is full: free space"],
    ["EACCES", "FILE_FAILED", "permission"],
    ["EROFS", "FILE_FAILED", "read-only"],
    ["EMFILE", "FILE_FAILED", "ulimit -n"],
    ["ENOENT", "FILE_NOT_FOUND", "Check the path"],
    ["EWHATEVER", "FILE_FAILED", "See the cause"],
  ])("%s becomes %s and says what to do", (systemCode, code, advice) => {
    const cause = failed(systemCode);

    const error = fileError("write", "/state/a", cause);

    expect(error.code).toBe(code);
    expect(error.message).toContain("could not write /state/a");
    expect(error.advice).toContain(advice);
    expect(error.cause).toBe(cause);
    expect(error.facts).toEqual({ path: "/state/a", systemCode });
  });

  it("passes on an error that says it all already", () => {
    const known = new MillraceError("FILE_FAILED", { message: "known" });
    expect(fileError("write", "/state/a", known)).toBe(known);
  });
});
