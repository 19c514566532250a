import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { silentLog } from "../src/runtime/job-log.ts";
import { type Launch, launched, setLaunch } from "../src/runtime/launch.ts";

/** From here on, each test has an empty folder of its own, and its jobs log nothing. */
export function quietTests(): { readonly folder: string } {
  let folder = "";
  let before: Launch | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
    before = launched();
    setLaunch({ configuration: {}, log: silentLog });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    setLaunch(before ?? { configuration: {} });
  });
  return {
    get folder() {
      return folder;
    },
  };
}
