/**
 * Late flights and quiet airports: the job that `npm start` runs, kills and restores.
 *
 *     flight reports ──┐
 *                      ├─▶ with airport ─┬─▶ 3 h windows, every 30 min ──▶ delays/*.jsonl
 *     airports.csv ────┘                 └─▶ 6 h without a departure   ──▶ quiet/*.jsonl
 *        (broadcast)
 *
 * Its output is the same in every run, killed or not: windows and timers go by the time of departure, and what a report waits for
 * is waited for in state.
 */
import { pathToFileURL } from "node:url";
import {
  type AggregateFunction,
  type Collector,
  FsStateBackend,
  listState,
  mapState,
  SlidingEventTimeWindows,
  StreamExecutionEnvironment,
  WatermarkStrategy,
} from "millrace";
import { FileSink, FileSource } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { DATA_FOLDER, type Flight, LONGEST_FLIGHT, readFlightReports } from "./flight-reports.ts";

const HOUR_MS = 3_600_000;
const LATE_MINUTES = 15;
const QUIET_MS = 6 * HOUR_MS;
/** A mean over fewer flights says little. */
const FLIGHTS_MIN = 3;
/** Output becomes visible with each checkpoint, so that there is something to see. */
const SEEN_SOON = { rolling: { onCheckpoint: true } };

/** A line of airports.csv. */
interface Airport {
  readonly iata: string;
  readonly name: string;
  readonly city: string;
  readonly state: string;
}

interface Departure extends Flight {
  readonly airport: string;
  readonly city: string;
}

/** A line of delays/. */
export interface DelayWindow {
  readonly origin: string;
  readonly city: string;
  readonly from: string;
  readonly to: string;
  readonly flights: number;
  readonly late: number;
  readonly delayMinutes: number;
  readonly meanDelayMinutes: number;
}

/** A line of quiet/. */
export interface QuietAirport {
  readonly origin: string;
  readonly airport: string;
  readonly city: string;
  readonly quietSince: string;
}

const folder = process.env["FLIGHTS_FOLDER"] ?? ".millrace/flights";
const ratePerSecond = Number(process.env["FLIGHTS_PER_SECOND"] ?? "2000");

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.setParallelism(2);
env.enableCheckpointing(500);
env.setStateBackend(new FsStateBackend(`${pathToFileURL(folder).href}/checkpoints`));

const reports = readFlightReports();
const flights = env.fromSource(
  new DataGeneratorSource({ count: reports.length, ratePerSecond, generate: (index) => reports[index]! }),
  WatermarkStrategy.forBoundedOutOfOrderness<Flight>(LONGEST_FLIGHT).withTimestamps((flight) => flight.departedAt),
  "flight reports",
);

const airports = env
  .fromSource(FileSource.csv<Airport>(`${DATA_FOLDER}/airports.csv`), WatermarkStrategy.noWatermarks(), "airports")
  .broadcast({ airports: mapState<string, Airport>() });

// The watermark is the lower one of both inputs, and that of the airports comes at their end. A flight whose airport is not known
// yet waits for its timer: when that fires, all airports are.
const departures = flights
  .keyBy((flight) => flight.origin)
  .connect(airports)
  .process({
    state: { waiting: listState<Flight>() },
    processElement(flight: Flight, { state, timers, broadcast }, out: Collector<Departure>) {
      const airport = broadcast.airports.get(flight.origin);
      if (airport !== undefined) {
        out.collect(departureFrom(airport, flight));
      } else {
        state.waiting.add(flight);
        timers.registerEventTimeTimer(flight.departedAt);
      }
    },
    processBroadcastElement(airport: Airport, { broadcast }) {
      broadcast.airports.put(airport.iata, airport);
    },
    onTimer(time, { key, state, broadcast }, out) {
      const airport = broadcast.airports.get(key);
      const waiting = state.waiting.get();
      for (const flight of waiting) if (flight.departedAt === time) out.collect(departureFrom(airport, flight));
      state.waiting.update(waiting.filter((flight) => flight.departedAt !== time));
    },
  })
  .name("with airport");

departures
  .keyBy((departure) => departure.origin)
  .window(SlidingEventTimeWindows.of("3h", "30m"))
  .aggregate(
    delays(),
    ({ city, flights, late, delayMinutes }, { key, window }): DelayWindow => ({
      origin: key,
      city,
      from: isoMinutes(window.start),
      to: isoMinutes(window.end),
      flights,
      late,
      delayMinutes,
      meanDelayMinutes: Math.round((delayMinutes / flights) * 10) / 10,
    }),
  )
  .name("delays of 3 hours")
  .filter((window) => window.flights >= FLIGHTS_MIN)
  .sinkTo(FileSink.jsonLines(`${folder}/delays`, SEEN_SOON))
  .name("delays");

departures
  .keyBy((departure) => departure.origin)
  .process({
    state: { departures: mapState<number, Departure>() },
    processElement(departure: Departure, { state, timers }) {
      state.departures.put(departure.departedAt, departure);
      timers.registerEventTimeTimer(departure.departedAt + QUIET_MS);
    },
    // Timers fire in order of time, so what is left in the map has departed later than this one; has any of it before now?
    onTimer(now, { key, state }, out: Collector<QuietAirport>) {
      const since = now - QUIET_MS;
      const { airport, city } = state.departures.get(since)!;
      state.departures.remove(since);
      for (const departedAt of state.departures.keys()) if (departedAt <= now) return;
      out.collect({ origin: key, airport, city, quietSince: isoMinutes(since) });
    },
  })
  .name("quiet airports")
  .sinkTo(FileSink.jsonLines(`${folder}/quiet`, SEEN_SOON))
  .name("quiet");

await env.execute("flights");

interface Delays {
  city: string;
  flights: number;
  late: number;
  delayMinutes: number;
}

/** Counts and sums of whole minutes: the same in whatever order the reports come in. */
function delays(): AggregateFunction<Departure, Delays, Delays> {
  return {
    createAccumulator: () => ({ city: "", flights: 0, late: 0, delayMinutes: 0 }),
    add(departure, sum) {
      sum.city = departure.city;
      sum.flights++;
      sum.late += departure.delayMinutes > LATE_MINUTES ? 1 : 0;
      sum.delayMinutes += departure.delayMinutes;
      return sum;
    },
    getResult: (sum) => sum,
    merge(a, b) {
      a.flights += b.flights;
      a.late += b.late;
      a.delayMinutes += b.delayMinutes;
      return a;
    },
  };
}

function departureFrom(airport: Airport | undefined, flight: Flight): Departure {
  if (airport === undefined) return { ...flight, airport: "unknown", city: "unknown" };
  return { ...flight, airport: airport.name, city: `${airport.city}, ${airport.state}` };
}

function isoMinutes(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16)}Z`;
}
