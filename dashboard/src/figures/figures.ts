/** Figures as people read them: three digits that matter, a unit, and a space that does not break between. */

const SPACE = "\u00a0";
const COUNT_UNITS = ["", "k", "M", "G", "T"];
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 1234567 is "1.23 M". */
export function countText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) < 10_000 && Number.isInteger(value) ? grouped(value) : scaled(value, COUNT_UNITS);
}

/** 1536 is "1.54 kB". */
export function bytesText(value: number): string {
  return Number.isFinite(value) ? scaled(value, BYTE_UNITS) : "–";
}

/** Records per second. */
export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return "–";
  if (perSecond > 0 && perSecond < 10) return `${perSecond.toFixed(1)}/s`;
  return `${countText(Math.round(perSecond))}/s`;
}

export function percentText(share: number): string {
  return `${Math.round(share * 100)}${SPACE}%`;
}

/** 83000 is "1 min 23 s". */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "–";
  if (ms < 1000) return `${Math.round(ms)}${SPACE}ms`;
  if (ms < 60_000) return `${trimmed(ms / 1000, ms < 10_000 ? 1 : 0)}${SPACE}s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 3600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 86_400) return two(Math.floor(seconds / 3600), "h", Math.floor((seconds % 3600) / 60), "min");
  return two(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3600), "h");
}

/** Of the reader's own day and place. */
export function timeText(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}

/** Event time, which may be of any year, in UTC: what is in the records. */
export function eventTimeText(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/\.000Z$|Z$/, "");
}

export function dateTimeText(ms: number): string {
  return `${new Date(ms).toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${timeText(ms)}`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return `${large}${SPACE}${largeUnit}${small === 0 ? "" : ` ${small}${SPACE}${smallUnit}`}`;
}

function scaled(value: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = unit === 0 || Math.abs(rest) >= 99.95 ? 0 : Math.abs(rest) >= 9.995 ? 1 : 2;
  return units[unit] === "" ? trimmed(rest, digits) : `${trimmed(rest, digits)}${SPACE}${units[unit]}`;
}

function grouped(value: number): string {
  return Math.abs(value) < 1000
    ? `${value}`
    : `${Math.trunc(value / 1000)}${SPACE}${`${Math.abs(value % 1000)}`.padStart(3, "0")}`;
}

function trimmed(value: number, digits: number): string {
  return value
    .toFixed(digits)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}
