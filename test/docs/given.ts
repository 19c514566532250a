/** What the examples of the guide are about, where they do not say it themselves. One declaration per paragraph; see snippets.ts. */
import type { SingleOutputStreamOperator, StreamExecutionEnvironment } from "millrace";

interface Click {
  readonly user: string;
  readonly page: string;
  readonly atMs: number;
}

interface Payment {
  readonly user: string;
  readonly amount: number;
  readonly currency: string;
}

declare const env: StreamExecutionEnvironment;

declare const clicks: SingleOutputStreamOperator<Click>;

declare const payments: SingleOutputStreamOperator<Payment>;

declare const lines: SingleOutputStreamOperator<string>;

declare function rateOf(currency: string): Promise<number>;

/** What a worker cannot do twice. */
declare function startMetricsServer(): void;

declare function countClicks(): Promise<void>;

export type { Click, Payment };
