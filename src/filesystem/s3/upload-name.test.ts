import { describe, expect, it } from "vitest";
import { isTemporary, temporaryPath } from "../temporary-name.ts";
import { parseUploadPath, tailPath, uploadNamePrefix, uploadPath } from "./upload-name.ts";

const TARGET = "/bucket/out/part-1.txt";
const ID = "Odd/id+with=everything_that.S3~allows".repeat(8);

describe("names of uploads", () => {
  it("are temporary names beside the target, the same for everybody", () => {
    expect(uploadPath(TARGET, ID)).toMatch(/^\/bucket\/out\/\.part-1\.txt\.[0-9a-f]{24}\.inprogress$/);
    expect(uploadPath(TARGET, ID)).toBe(uploadPath(TARGET, ID));
    expect(isTemporary(uploadPath(TARGET, ID))).toBe(true);
    expect(uploadPath(TARGET, ID)).not.toBe(uploadPath(TARGET, `${ID}x`));
  });

  it("lead from a tail to its upload and target", () => {
    const tail = tailPath(TARGET, ID, "0f1e2d3c-aaaa-bbbb-cccc-000000000000");

    expect(isTemporary(tail)).toBe(true);
    expect(tail.startsWith(uploadNamePrefix(TARGET, ID))).toBe(true);
    expect(parseUploadPath(tail)).toEqual({ target: TARGET, upload: uploadPath(TARGET, ID) });
    expect(parseUploadPath(uploadPath(TARGET, ID))).toEqual({ target: TARGET, upload: uploadPath(TARGET, ID) });
  });

  it("are not those of other temporary files", () => {
    expect(parseUploadPath(temporaryPath(TARGET, "0f1e2d3c-aaaa-bbbb-cccc-000000000000"))).toBeUndefined();
    expect(parseUploadPath(TARGET)).toBeUndefined();
  });
});
