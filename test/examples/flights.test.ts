import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATA_FOLDER, type Flight, readFlightReports } from "../../examples/flights/flight-reports.ts";
import type { DelayWindow, QuietAirport } from "../../examples/flights/flights.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("the flights example", () => {
  const flights = readFlightReports();
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-"));
    execFileSync(process.execPath, ["dist/cli/main.js", "run", "examples/flights/flights.ts"], {
      env: { ...process.env, FLIGHTS_FOLDER: folder, FLIGHTS_PER_SECOND: "1000000000" },
      stdio: "ignore",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("finds the late windows that plain loops find", () => {
    const found = linesOf<DelayWindow>(join(folder, "delays"));

    const short = found.map(({ origin, from, to, flights, late, delayMinutes }) =>
      [origin, from, to, flights, late, delayMinutes].join(" "),
    );
    expect(short.sort()).toEqual(naiveWindows(flights).sort());
  });

  it("finds the quiet airports that plain loops find", () => {
    const found = linesOf<QuietAirport>(join(folder, "quiet"));

    expect(found.map(({ origin, quietSince }) => `${origin} ${quietSince}`).sort()).toEqual(naiveQuiet(flights).sort());
  });

  it("knows every airport by name", () => {
    const airports = readFileSync(join(DATA_FOLDER, "airports.csv"), "utf8");
    const found = linesOf<QuietAirport>(join(folder, "quiet"));

    for (const { origin, airport } of found) expect(airports).toContain(`${origin},${quoted(airport)},`);
  });
});

function naiveWindows(flights: readonly Flight[]): string[] {
  const windows = new Map<string, { flights: number; late: number; delayMinutes: number }>();
  for (const { origin, departedAt, delayMinutes } of flights) {
    const first = Math.floor(departedAt / (30 * MINUTE_MS)) * 30 * MINUTE_MS;
    for (let start = first; start > departedAt - 3 * HOUR_MS; start -= 30 * MINUTE_MS) {
      const name = `${origin} ${iso(start)} ${iso(start + 3 * HOUR_MS)}`;
      const sum = windows.get(name) ?? { flights: 0, late: 0, delayMinutes: 0 };
      windows.set(name, {
        flights: sum.flights + 1,
        late: sum.late + (delayMinutes > 15 ? 1 : 0),
        delayMinutes: sum.delayMinutes + delayMinutes,
      });
    }
  }
  return [...windows]
    .filter(([, { flights }]) => flights >= 3)
    .map(([name, { flights, late, delayMinutes }]) => `${name} ${flights} ${late} ${delayMinutes}`);
}

function naiveQuiet(flights: readonly Flight[]): string[] {
  const departures = new Map<string, number[]>();
  for (const { origin, departedAt } of flights) departures.set(origin, [...(departures.get(origin) ?? []), departedAt]);
  return [...departures].flatMap(([origin, times]) => {
    const sorted = [...new Set(times)].sort((a, b) => a - b);
    return sorted
      .filter((time, index) => (sorted[index + 1] ?? Number.POSITIVE_INFINITY) > time + 6 * HOUR_MS)
      .map((time) => `${origin} ${iso(time)}`);
  });
}

function linesOf<T>(folder: string): T[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").trimEnd().split("\n"))
    .map((line) => JSON.parse(line));
}

function iso(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16)}Z`;
}

/** A value as airports.csv writes it. */
function quoted(value: string): string {
  return /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
