import { MillraceError } from "../../core/errors.ts";
import type { MalformedRecordInSplit } from "./split-cursor.ts";

/** More of a line than this is not shown in a message. */
const SHOWN_CHARACTERS = 200;

export interface MalformedLine {
  /** File, line and column; both count from 1, columns in characters. */
  readonly where: string;
  readonly raw: string;
  readonly reason: string;
  readonly shown: string;
}

/** Says where a malformed record is. `linesBeforeOpen`: lines of the file before those that its cursor has counted. */
export function describeMalformed(uri: string, linesBeforeOpen: number, record: MalformedRecordInSplit): MalformedLine {
  const before = record.raw.slice(0, record.offset);
  const lineInRecord = before.split("\n").length - 1;
  const line = linesBeforeOpen + record.linesBefore + lineInRecord + 1;
  const column = record.offset - (before.lastIndexOf("\n") + 1) + 1;
  return {
    where: `${uri} line ${line}, column ${column}`,
    raw: record.raw,
    reason: record.reason,
    shown: shorten(record.raw, record.offset),
  };
}

export function malformedError(malformed: MalformedLine): MillraceError {
  return new MillraceError("MALFORMED_RECORD", {
    message: `${malformed.where} is malformed: ${malformed.reason}.\n  ${malformed.shown}`,
    advice: `Repair the line, or let the source pass over such lines with onError: "skip-and-count" or "side-output".`,
    facts: { where: malformed.where },
  });
}

/** The part of `raw` around `offset`. */
function shorten(raw: string, offset: number): string {
  if (raw.length <= SHOWN_CHARACTERS) return raw;
  const from = Math.max(0, Math.min(offset - SHOWN_CHARACTERS / 2, raw.length - SHOWN_CHARACTERS));
  const to = from + SHOWN_CHARACTERS;
  return `${from > 0 ? "…" : ""}${raw.slice(from, to)}${to < raw.length ? "…" : ""}`;
}
