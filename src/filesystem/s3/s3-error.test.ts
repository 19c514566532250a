import { describe, expect, it } from "vitest";
import { MillraceError } from "../../core/errors.ts";
import { s3Error } from "./s3-error.ts";

function answer(name: string, status: number, message = "UnknownError"): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

describe("an error of S3", () => {
  it.each([
    [answer("NoSuchBucket", 404), /there is no bucket "flights"/, /Create the bucket/],
    [answer("AccessDenied", 403, "Access Denied"), /S3 refuses it \(Access Denied\)/, /s3\.access-key/],
    [answer("Unknown", 403), /S3 refuses it \(it gives no reason\)/, /s3\.access-key/],
    [answer("PermanentRedirect", 301), /in another region/, /s3\.region/],
    [answer("SlowDown", 503, "Please reduce"), /S3 fails \(503 Please reduce\)/, /next attempt/],
    [new Error("Region is missing"), /no region is set/, /AWS_REGION/],
    [
      Object.assign(new Error("none"), { name: "CredentialsProviderError" }),
      /no access key is set/,
      /AWS_ACCESS_KEY_ID/,
    ],
    [Object.assign(new Error("refused"), { code: "ECONNREFUSED" }), /cannot be reached \(refused\)/, /s3\.endpoint/],
    [Object.assign(new Error("120 s"), { name: "TimeoutError" }), /does not answer/, /s3\.endpoint/],
    [answer("Odd", 400, "what is this"), /what is this/, /See the cause/],
  ])("%s says what is wrong and what to do", (cause, reason, advice) => {
    const error = s3Error("read", "/flights/a", cause);

    expect(error.code).toBe("FILE_FAILED");
    expect(error.message).toMatch(/could not read \/flights\/a/);
    expect(error.message).toMatch(reason);
    expect(error.advice).toMatch(advice);
    expect(error.cause).toBe(cause);
  });

  it.each(["NoSuchKey", "NoSuchUpload"])("%s is a file that does not exist", (name) => {
    expect(s3Error("read", "/flights/a", answer(name, 404)).code).toBe("FILE_NOT_FOUND");
  });

  it("keeps errors that are ours already", () => {
    const error = new MillraceError("DEPENDENCY_MISSING", { message: "x" });
    expect(s3Error("read", "/flights/a", error)).toBe(error);
  });
});
