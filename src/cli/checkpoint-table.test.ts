import { expect, it } from "vitest";
import type { ListedCheckpoint } from "../checkpoint/list-checkpoints.ts";
import { checkpointTable } from "./checkpoint-table.ts";

const NOW_MS = Date.UTC(2026, 2, 1, 12);

const complete: ListedCheckpoint = {
  jobName: "flight delays",
  checkpointId: 42,
  kind: "checkpoint",
  location: "file:///c/flight%20delays/chk-42",
  atMs: NOW_MS - 5_000,
  stateBytes: 2048,
  inFlightBytes: 0,
  status: "complete",
  problem: undefined,
};

it("lists checkpoints in columns, and problems below", () => {
  const table = checkpointTable(
    [
      complete,
      { ...complete, checkpointId: 10, location: "file:///c/chk-10", inFlightBytes: 500 },
      { ...complete, checkpointId: 9, location: "file:///c/chk-9", status: "incomplete" },
      {
        ...complete,
        checkpointId: undefined,
        kind: "savepoint",
        location: "file:///s",
        status: "damaged",
        problem: "its checksum does not match.",
      },
    ],
    NOW_MS,
  );

  expect(`\n${table}`).toBe(
    `
JOB            ID  KIND        COMPLETED               AGE  SIZE  STATUS      LOCATION
flight delays  42  checkpoint  2026-03-01 11:59:55Z  5.0 s  2 kB  complete    file:///c/flight%20delays/chk-42
flight delays  10  unaligned   2026-03-01 11:59:55Z  5.0 s  2 kB  complete    file:///c/chk-10
flight delays   9  checkpoint  -                     5.0 s  2 kB  incomplete  file:///c/chk-9
flight delays   ?  savepoint   -                     5.0 s  2 kB  damaged     file:///s
file:///s: its checksum does not match.`,
  );
});
