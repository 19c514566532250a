import { describe, expect, it } from "vitest";
import { isTemporary, temporaryPath } from "./temporary-name.ts";

describe("temporary names", () => {
  it("lie beside their target and are recognised", () => {
    const path = temporaryPath("/out/part-0-1.jsonl", "0f0f0f0f-1");
    expect(path).toBe("/out/.part-0-1.jsonl.0f0f0f0f-1.inprogress");
    expect(isTemporary(path)).toBe(true);
  });

  it.each(["/out/part", "/out/.part", "/out/part.12345678.inprogress", "/out/.inprogress", "/out/.a.b.inprogress"])(
    "%s is not one",
    (path) => expect(isTemporary(path)).toBe(false),
  );
});
