/**
 * 20 000 real flights within the USA from January to March 2001 (Bureau of Transportation Statistics, by way of `vega-datasets`), in
 * the order in which their reports come in.
 *
 * Each flight has the time it departed and how late it arrived. That is known when it has landed, so the reports come in order of
 * landing: one from Honolulu hours after others that departed later. Landing times are not in the data and are taken from the
 * distance; local times are taken as if all airports kept the same clock.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the data are: a development dependency of this repository. */
export const DATA_FOLDER: string = join("node_modules", "vega-datasets", "data");

export interface Flight {
  readonly origin: string;
  readonly destination: string;
  /** Milliseconds since 1970. */
  readonly departedAt: number;
  /** How late it arrived; negative where it was early. */
  readonly delayMinutes: number;
}

/** Longer than the longest flight: no report comes later than this after one of a flight that departed later. */
export const LONGEST_FLIGHT = "12h";

const MINUTE_MS = 60_000;
const MILES_PER_MINUTE = 8;
const TAXI_MINUTES = 30;

interface Row {
  /** `2001/01/14 21:55` */
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

export function readFlightReports(): readonly Flight[] {
  const rows: readonly Row[] = JSON.parse(readFileSync(join(DATA_FOLDER, "flights-20k.json"), "utf8"));
  return rows
    .map(({ date, delay, distance, origin, destination }) => {
      const departedAt = Date.parse(`${date.replaceAll("/", "-").replace(" ", "T")}Z`);
      const landedAt = departedAt + (TAXI_MINUTES + distance / MILES_PER_MINUTE) * MINUTE_MS;
      return { landedAt, flight: { origin, destination, departedAt, delayMinutes: delay } };
    })
    .sort((a, b) => a.landedAt - b.landedAt)
    .map(({ flight }) => flight);
}
