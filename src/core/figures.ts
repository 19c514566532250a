/** Numbers as people read them: short, with a unit, never more exact than they are. */

const KIB = 1024;
const BYTE_UNITS = ["kB", "MB", "GB", "TB"] as const;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `512 B`, `1.4 MB`: units of 1024. */
export function bytesText(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  const exponent = Math.min(Math.floor(Math.log2(bytes) / 10), BYTE_UNITS.length);
  return `${threeDigits(bytes / KIB ** exponent)} ${BYTE_UNITS[exponent - 1]}`;
}

/** `240 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < SECOND) return `${whole} ms`;
  if (whole < 10 * SECOND) return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  if (whole < MINUTE) return `${Math.floor(whole / SECOND)} s`;
  if (whole < HOUR) return pair(whole, MINUTE, "min", SECOND, "s");
  if (whole < DAY) return pair(whole, HOUR, "h", MINUTE, "min");
  return pair(whole, DAY, "d", HOUR, "h");
}

/** `950`, `12.3k`, `4.56M`. */
export function countText(count: number): string {
  const whole = Math.round(count);
  if (whole < 1000) return String(whole);
  if (whole < 999_500) return `${threeDigits(whole / 1000)}k`;
  return `${threeDigits(whole / 1e6)}M`;
}

/** `2026-03-01 14:05:09Z` */
export function timeText(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2).replace(/\.?0+$/, "");
}
