/** Finds cards that are used too often: three payments or more within a minute. What the tests beside it are about. */
import {
  type AnySink,
  type AnySource,
  outputTag,
  type SingleOutputStreamOperator,
  type StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  valueState,
  WatermarkStrategy,
} from "millrace";

export interface Payment {
  readonly card: string;
  readonly cents: number;
  readonly atMs: number;
}

export interface Alert {
  readonly card: string;
  /** Since the epoch. */
  readonly minute: number;
  readonly payments: number;
  readonly cents: number;
}

/** Where the job reads and writes: Kafka and a database in production, a script and a list in a test. */
export interface Ends {
  readonly payments: AnySource<Payment>;
  readonly alerts: AnySink<Alert>;
  readonly late: AnySink<Payment>;
}

const LATE = outputTag<Payment>("late");

export function detectFraud(env: StreamExecutionEnvironment, { payments, alerts, late }: Ends): void {
  const suspicious = perMinute(env, payments);
  suspicious
    .filter((alert) => alert.payments >= 3)
    .sinkTo(alerts)
    .uid("alerts");
  suspicious.getSideOutput(LATE).sinkTo(late).uid("late");
}

const state = { warned: valueState({ initial: false }) };

/** The next version: a card that was reported is not reported again. */
export function detectFraudOnce(env: StreamExecutionEnvironment, { payments, alerts, late }: Ends): void {
  const suspicious = perMinute(env, payments);
  suspicious
    .filter((alert) => alert.payments >= 3)
    .keyBy("card")
    .process<Alert, typeof state>({
      state,
      processElement(alert, { state: { warned } }, out) {
        if (!warned.value()) out.collect(alert);
        warned.update(true);
      },
    })
    .uid("once")
    .sinkTo(alerts)
    .uid("alerts");
  suspicious.getSideOutput(LATE).sinkTo(late).uid("late");
}

function perMinute(env: StreamExecutionEnvironment, payments: AnySource<Payment>): SingleOutputStreamOperator<Alert> {
  const watermarks = WatermarkStrategy.forBoundedOutOfOrderness<Payment>("10s")
    .withTimestamps(({ atMs }) => atMs)
    .withIdleness("2m");
  return env
    .fromSource(payments, watermarks, "payments")
    .uid("payments")
    .keyBy("card")
    .window(TumblingEventTimeWindows.of("1m"))
    .sideOutputLateData(LATE)
    .aggregate(
      {
        createAccumulator: () => ({ payments: 0, cents: 0 }),
        add: ({ cents }, sum) => ({ payments: sum.payments + 1, cents: sum.cents + cents }),
        merge: (a, b) => ({ payments: a.payments + b.payments, cents: a.cents + b.cents }),
        getResult: (sum) => sum,
      },
      (sum, { key, window }) => ({ card: key, minute: window.start / 60_000, ...sum }),
    )
    .uid("per-minute");
}
