import { ConfigError } from "../../core/errors.ts";

/** A value as a program writes it, or as the command line types it. */
export type ConfigValue = string | number | boolean;

/** Turns the value of `key` into what it means. @throws {ConfigError} `CONFIG_INVALID`. */
export type ConfigParser<T> = (key: string, value: ConfigValue) => T;

/** Milliseconds, or a number with a unit: "10 s", "10min", "500 ms", "1 h", "2 days". A bare number is milliseconds. */
export const asDurationMs: ConfigParser<number> = (key, value) => {
  const [amount, unit] = numberAndUnit(value);
  const factor = unit === "" ? 1 : DURATION_UNITS_MS.get(unit);
  const ms = factor === undefined ? Number.NaN : amount * factor;
  if (!Number.isFinite(ms)) throw invalid(key, value, `a duration such as "500 ms", "10 s", "10 min" or "1 h"`);
  return Math.round(ms);
};

/** Bytes, or a number with a unit: "20kb", "5 mb", "1g". All units are powers of 1024. */
export const asBytes: ConfigParser<number> = (key, value) => {
  const [amount, unit] = numberAndUnit(value);
  const factor = unit === "" ? 1 : MEMORY_UNITS.get(unit);
  const bytes = factor === undefined ? Number.NaN : amount * factor;
  if (!Number.isFinite(bytes)) throw invalid(key, value, `a memory size such as "20kb", "5 mb" or "1 gb"`);
  return Math.round(bytes);
};

export const asBoolean: ConfigParser<boolean> = (key, value) => {
  const text = String(value).trim().toLowerCase();
  if (text !== "true" && text !== "false") throw invalid(key, value, "true or false");
  return text === "true";
};

export const asText: ConfigParser<string> = (key, value) => {
  const text = String(value).trim();
  if (text === "") throw invalid(key, value, "some text");
  return text;
};

export const asNumber: ConfigParser<number> = (key, value) => {
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  if (typeof value === "boolean" || !Number.isFinite(number)) throw invalid(key, value, "a number");
  return number;
};

/** A whole number from `least` to `most`. */
export function asInteger(least: number, most: number = Number.MAX_SAFE_INTEGER): ConfigParser<number> {
  return (key, value) => {
    const number = asNumber(key, value);
    if (!Number.isSafeInteger(number) || number < least || number > most) {
      const upTo = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
      throw invalid(key, value, `a whole number from ${least}${upTo}`);
    }
    return number;
  };
}

/** One of the names in `choices`, whatever their case and with `_` for `-`; gives what that name stands for. */
export function asChoice<T>(choices: Readonly<Record<string, T>>): ConfigParser<T> {
  const plain = (text: string): string => text.trim().toLowerCase().replaceAll("_", "-");
  const byName = new Map(Object.entries(choices).map(([name, choice]) => [plain(name), choice]));
  return (key, value) => {
    const name = plain(String(value));
    if (!byName.has(name)) throw invalid(key, value, `one of ${Object.keys(choices).join(", ")}`);
    return byName.get(name) as T;
  };
}

function invalid(key: string, value: ConfigValue, wanted: string): ConfigError {
  return new ConfigError("CONFIG_INVALID", {
    message: `${key} is ${JSON.stringify(value)}, which is not ${wanted}.`,
    advice: `Set ${key} to ${wanted}.`,
  });
}

function numberAndUnit(value: ConfigValue): readonly [amount: number, unit: string] {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(\p{L}*)\s*$/u.exec(String(value));
  return match === null ? [Number.NaN, ""] : [Number(match[1]), match[2]!.toLowerCase()];
}

function unitTable(units: readonly (readonly [factor: number, ...names: readonly string[]])[]): Map<string, number> {
  return new Map(units.flatMap(([factor, ...names]) => names.map((name) => [name, factor] as const)));
}

const DURATION_UNITS_MS = unitTable([
  [86_400_000, "d", "day", "days"],
  [3_600_000, "h", "hour", "hours"],
  [60_000, "m", "min", "minute", "minutes"],
  [1000, "s", "sec", "secs", "second", "seconds"],
  [1, "ms", "milli", "millis", "millisecond", "milliseconds"],
  [1e-3, "µs", "μs", "micro", "micros", "microsecond", "microseconds"],
  [1e-6, "ns", "nano", "nanos", "nanosecond", "nanoseconds"],
]);

const MEMORY_UNITS = unitTable([
  [1, "b", "bytes"],
  [1024, "k", "kb", "kibibytes"],
  [1024 ** 2, "m", "mb", "mebibytes"],
  [1024 ** 3, "g", "gb", "gibibytes"],
  [1024 ** 4, "t", "tb", "tebibytes"],
]);
