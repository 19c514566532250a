import {
  AsyncDataStream,
  type Collector,
  type DataStream,
  EventTimeSessionWindows,
  listState,
  mapState,
  outputTag,
  type SingleOutputStreamOperator,
  SlidingEventTimeWindows,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { FileSink } from "millrace/connectors/files";
import { bucketEnd, copiesOf, digest, mapped, rekeyed } from "./model.ts";
import type { SeededRandom } from "./random.ts";
import {
  END,
  FAR_MS,
  type Scenario,
  type SimRecord,
  type SourceScenario,
  type Stage,
  type TimedRecord,
} from "./scenario.ts";
import { ScriptedSplitsSource } from "./scripted-splits-source.ts";

/** Not at the root of the disk, which every folder of checkpoints makes durable. */
export const OUTPUT_FOLDER = "/results";

export interface ProgramSettings {
  readonly scenario: Scenario;
  /** Grows when the program is upgraded: operators get other uids and more state, and one more or less of them is there. */
  readonly version: number;
  readonly random: SeededRandom;
  /** Drawn anew in each life of the job. */
  readonly parallelism: () => number;
  /** Called in user functions; throws where the simulation wants one to fail. */
  readonly userCode: () => void;
  /** Somebody outside who answers when it pleases the seed; it may also be that he does not know. */
  readonly ask: <R>(answer: () => R) => Promise<R>;
  readonly law: (holds: boolean, law: string) => void;
  readonly nowMs: () => number;
  readonly restoreFrom: string | undefined;
  /** Splits of which not all has been read. */
  readonly unread: Set<string>;
}

interface Place {
  readonly settings: ProgramSettings;
  readonly env: StreamExecutionEnvironment;
  readonly index: number;
}

/** The job of a scenario, declared as a user would. */
export function declareProgram(settings: ProgramSettings): StreamExecutionEnvironment {
  const { scenario, restoreFrom, version } = settings;
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    ...scenario.configuration,
    ...(restoreFrom === undefined ? {} : { "execution.state-recovery.path": restoreFrom }),
  });
  env.setMaxParallelism(scenario.maxParallelism);
  env.setParallelism(1);
  let stream: DataStream<SimRecord> = source(settings, env, scenario.source, "first");
  if (scenario.second !== undefined) stream = stream.union(source(settings, env, scenario.second, "second"));
  if (version % 2 === 1) stream = passingThrough(stream, settings);
  scenario.stages.forEach((stage, index) => {
    stream = addStage(stage, stream, { settings, env, index });
  });
  sink(stream, settings, "out");
  return env;
}

/** What an operator is called in this version of the program, and what it was in earlier ones. */
function identify<T>(
  operator: SingleOutputStreamOperator<T>,
  uid: string,
  { version }: ProgramSettings,
): SingleOutputStreamOperator<T> {
  const names = Array.from({ length: version + 1 }, (_, at) => (at === 0 ? uid : `${uid}-v${at}`));
  return operator.uid(names.at(-1)!, { formerly: names.slice(0, -1) });
}

function source(
  settings: ProgramSettings,
  env: StreamExecutionEnvironment,
  scenario: SourceScenario,
  name: string,
): DataStream<SimRecord> {
  const read = env.fromSource(
    new ScriptedSplitsSource(scenario, settings.random, (split, isRead) => {
      if (isRead) settings.unread.delete(`${name}/${split}`);
      else settings.unread.add(`${name}/${split}`);
    }),
    WatermarkStrategy.forBoundedOutOfOrderness<TimedRecord>(`${scenario.disorderMs}ms`).withTimestamps(({ at }) => at),
    name,
  );
  const records = identify(read, name, settings)
    .setParallelism(settings.parallelism())
    .flatMap(({ id, key, value }): SimRecord[] => (id === END.id ? [] : [{ id, key, value }]));
  return identify(records, `${name}-records`, settings).setParallelism(settings.parallelism());
}

function sink(stream: DataStream<SimRecord>, settings: ProgramSettings, name: string): void {
  const { scenario, random, parallelism, version } = settings;
  const uniqueName = (): string => Math.floor(random.next() * 2 ** 48).toString(16);
  const names = Array.from({ length: version + 1 }, (_, at) => (at === 0 ? name : `${name}-v${at}`));
  stream
    .sinkTo(FileSink.jsonLines<SimRecord>(`sim://${OUTPUT_FOLDER}/${name}`, { rolling: scenario.rolling, uniqueName }))
    .uid(names.at(-1)!, { formerly: names.slice(0, -1) })
    .setParallelism(parallelism());
}

/** An operator with state that comes and goes with the versions of the program. */
function passingThrough(stream: DataStream<SimRecord>, settings: ProgramSettings): DataStream<SimRecord> {
  return stream
    .keyBy(({ key }) => key)
    .process({
      state: { passed: valueState({ initial: 0 }) },
      processElement(record, { state }, out: Collector<SimRecord>) {
        state.passed.update(state.passed.value() + 1);
        out.collect(record);
      },
    })
    .uid("passing-through")
    .setParallelism(settings.parallelism());
}

function addStage(stage: Stage, stream: DataStream<SimRecord>, place: Place): DataStream<SimRecord> {
  const { settings, index } = place;
  const found = declareStage(stage, stream, place);
  if (stage.kind === "move") return found;
  const operator = found as SingleOutputStreamOperator<SimRecord>;
  const named = identify(operator, uidOf(stage, index), settings).setParallelism(settings.parallelism());
  if (stage.kind === "side-output") sink(named.getSideOutput(FIFTHS), settings, `side-${index}`);
  if (stage.kind === "late") sink(named.getSideOutput(LATE), settings, "late");
  return named;
}

export function uidOf({ kind }: Stage, index: number): string {
  return `${kind}-${index}`;
}

/** What `ask` may fail with. */
export const NO_ANSWER: Error = new Error("simulated failure of somebody outside");

const FIFTHS = outputTag<SimRecord>("fifths");
const LATE = outputTag<SimRecord>("late");

function declareStage(stage: Stage, stream: DataStream<SimRecord>, place: Place): DataStream<SimRecord> {
  const { settings, env, index } = place;
  const { userCode, version } = settings;
  const keyed = () => stream.keyBy(({ key }) => key);
  const added = version > 0 ? { [`added${version}`]: valueState({ initial: version }) } : {};
  switch (stage.kind) {
    case "map":
      return stream.map(({ id, key, value }) => {
        userCode();
        return { id, key, value: mapped(value) };
      });
    case "ask": {
      const found = ({ id, key, value }: SimRecord): SimRecord => ({ id, key, value: mapped(value) });
      const wait = stage.ordered ? AsyncDataStream.orderedWait : AsyncDataStream.unorderedWait;
      return wait(
        stream,
        {
          asyncInvoke(record: SimRecord) {
            userCode();
            return settings.ask(() => found(record));
          },
          timeout: found,
        },
        {
          timeout: stage.timeoutMs,
          capacity: stage.capacity,
          // At once: a barrier behind what is held back must not have to wait for the clock.
          retry: { attempts: 1_000_000, delay: 0, ifException: (error) => error === NO_ANSWER },
        },
      );
    }
    case "filter":
      return stream.filter(({ value }) => {
        userCode();
        return value % 3 !== 0;
      });
    case "flat-map":
      return stream.flatMap((record) => {
        userCode();
        return copiesOf(record);
      });
    case "rekey":
      return stream.map(({ id, key, value }) => ({ id, key: rekeyed({ key, value }), value }));
    case "side-output":
      return stream.process({
        processElement(record: SimRecord, context, out: Collector<SimRecord>) {
          userCode();
          if (record.value % 5 === 0) context.output(FIFTHS, { ...record, id: `side${index}/${record.id}` });
          else out.collect(record);
        },
      });
    case "move":
      return stream[stage.how]();
    case "tumbling":
      return summed(keyed().window(TumblingEventTimeWindows.of(stage.sizeMs)), place);
    case "sliding":
      return summed(keyed().window(SlidingEventTimeWindows.of(stage.sizeMs, stage.slideMs)), place);
    case "session":
      return summed(keyed().window(EventTimeSessionWindows.withGap(stage.gapMs)), place);
    case "buckets":
      return keyed().process({
        state: { sums: mapState<number, number>() },
        processElement({ value }, context, out: Collector<SimRecord>) {
          userCode();
          void out;
          const end = bucketEnd(context.timestamp!, stage.sizeMs);
          settings.law(
            context.currentWatermark < end,
            `a record of bucket ${end} is late at watermark ${context.currentWatermark}`,
          );
          context.state.sums.put(end, (context.state.sums.get(end) ?? 0) + value + 1);
          context.timers.registerEventTimeTimer(end);
        },
        onTimer(timestamp, context, out) {
          userCode();
          settings.law(
            context.currentWatermark >= timestamp,
            `timer ${timestamp} fires at watermark ${context.currentWatermark}`,
          );
          const value = context.state.sums.get(timestamp);
          settings.law(value !== undefined, `timer ${timestamp} of key ${context.key} fires a second time`);
          context.state.sums.remove(timestamp);
          out.collect({ id: `bucket${index}/${timestamp}`, key: context.key, value: value! });
        },
      });
    case "gather":
      return keyed().process({
        state: { ids: listState<string>(), ...added },
        processElement({ id }, { state, timers }, out: Collector<SimRecord>) {
          userCode();
          void out;
          state.ids.add(id);
          timers.registerEventTimeTimer(FAR_MS);
        },
        onTimer(_timestamp, { key, state }, out) {
          const ids = [...state.ids.get()];
          state.ids.clear();
          out.collect({ id: `gather${index}/${digest(ids)}`, key, value: ids.length });
        },
      });
    case "delay":
      return keyed().process({
        state: { held: listState<SimRecord>() },
        processElement(record, { state, timers, processingTime }, out: Collector<SimRecord>) {
          userCode();
          void out;
          state.held.add(record);
          timers.registerProcessingTimeTimer(processingTime + stage.delayMs);
          timers.registerEventTimeTimer(FAR_MS);
        },
        onTimer(timestamp, { state, timeDomain }, out) {
          settings.law(
            timeDomain === "event-time" || settings.nowMs() >= timestamp,
            `processing-time timer ${timestamp} fires at ${settings.nowMs()}`,
          );
          for (const record of state.held.get()) out.collect(record);
          state.held.clear();
        },
      });
    case "late":
      return keyed()
        .window(
          stage.sizeMs === stage.slideMs
            ? TumblingEventTimeWindows.of(stage.sizeMs)
            : SlidingEventTimeWindows.of(stage.sizeMs, stage.slideMs),
        )
        .allowedLateness(stage.latenessMs)
        .sideOutputLateData(LATE)
        .aggregate(
          {
            createAccumulator: (): string[] => [],
            add: ({ id }: SimRecord, ids: string[]) => {
              userCode();
              return [...ids, id];
            },
            getResult: (ids: string[]) => ids,
            merge: (a: string[], b: string[]) => [...a, ...b],
          },
          (ids, { key, window }): SimRecord => ({
            id: `${window.start}/${[...ids].sort().join()}`,
            key,
            value: ids.length,
          }),
        );
    case "broadcast": {
      const rules = source(settings, env, settings.scenario.side, "side");
      return keyed()
        .connect(rules.broadcast({ rules: mapState<string, number>() }))
        .process({
          state: { seen: valueState({ initial: false }) },
          processElement(record, { state, timers }, out: Collector<SimRecord>) {
            userCode();
            state.seen.update(true);
            timers.registerEventTimeTimer(FAR_MS);
            out.collect(record);
          },
          processBroadcastElement({ id, value }, { broadcast }) {
            userCode();
            broadcast.rules.put(id, value);
          },
          onTimer(_timestamp, { key, broadcast }, out) {
            const ids = [...broadcast.rules.keys()];
            out.collect({ id: `rules${index}/${digest(ids)}`, key, value: ids.length });
          },
        });
    }
    case "join": {
      const other = source(settings, env, settings.scenario.side, "side");
      return keyed()
        .connect(other.keyBy(({ key }) => key))
        .process({
          state: { left: listState<string>(), right: mapState<string, boolean>(), ...added },
          processElement1({ id }, { state, timers }, out: Collector<SimRecord>) {
            userCode();
            void out;
            state.left.add(id);
            timers.registerEventTimeTimer(FAR_MS);
          },
          processElement2({ id }, { state, timers }) {
            userCode();
            state.right.put(id, true);
            timers.registerEventTimeTimer(FAR_MS);
          },
          onTimer(_timestamp, { key, state }, out) {
            const left = [...state.left.get()];
            const right = [...state.right.keys()];
            out.collect({
              id: `join${index}/${digest(left)}/${digest(right)}`,
              key,
              value: left.length * 1_000 + right.length,
            });
          },
        });
    }
    case "count":
      return keyed().process({
        state: { count: valueState({ initial: 0 }), ...added },
        processElement(_record, { key, state }, out: Collector<SimRecord>) {
          userCode();
          state.count.update(state.count.value() + 1);
          out.collect({ id: "count", key, value: state.count.value() });
        },
      });
    case "reduce":
      return stream
        .map(({ key }): SimRecord => ({ id: "reduce", key, value: 1 }))
        .uid(`ones-${index}`)
        .setParallelism(settings.parallelism())
        .keyBy(({ key }) => key)
        .reduce((sum, { value }) => {
          userCode();
          return { id: sum.id, key: sum.key, value: sum.value + value };
        });
  }
}

type Keyed = ReturnType<DataStream<SimRecord>["keyBy"]>;

function summed(windowed: ReturnType<Keyed["window"]>, { settings, index }: Place): DataStream<SimRecord> {
  return (windowed as any).aggregate(
    {
      createAccumulator: () => 0,
      add: ({ value }: SimRecord, sum: number) => {
        settings.userCode();
        return sum + value + 1;
      },
      getResult: (sum: number) => sum,
      merge: (a: number, b: number) => a + b,
    },
    (value: number, { key, window }: { key: number; window: { start: number; end: number } }): SimRecord => ({
      id: `window${index}/${window.start}-${window.end}`,
      key,
      value,
    }),
  );
}
