/**
 * Puts orders and payments together: each payment within an hour after its order, and each day how many orders nobody paid.
 *
 *     npx millrace run examples/joins.ts
 */
import { type Collector, StreamExecutionEnvironment, TumblingEventTimeWindows, WatermarkStrategy } from "millrace";

interface Order {
  readonly order: string;
  readonly minute: number;
}

interface Payment {
  readonly of: string;
  readonly euros: number;
  readonly minute: number;
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const byMinute = WatermarkStrategy.forBoundedOutOfOrderness<{ readonly minute: number }>("10m").withTimestamps(
  (record) => record.minute * 60_000,
);

const orders = env
  .fromCollection<Order>([
    { order: "books", minute: 0 },
    { order: "tea", minute: 30 },
    { order: "bread", minute: 40 },
  ])
  .assignTimestampsAndWatermarks(byMinute)
  .keyBy("order");
const payments = env
  .fromCollection<Payment>([
    { of: "books", euros: 40, minute: 25 },
    { of: "books", euros: 2, minute: 70 },
    { of: "tea", euros: 9, minute: 90 },
  ])
  .assignTimestampsAndWatermarks(byMinute)
  .keyBy("of");

orders
  .intervalJoin(payments)
  .between(0, "1h")
  .process({
    processElement({ order }: Order, { euros }: Payment, { leftTimestamp, rightTimestamp }, out: Collector<string>) {
      out.collect(`${order}: ${euros} euros after ${(rightTimestamp - leftTimestamp) / 60_000} minutes`);
    },
  })
  .print();

orders
  .coGroup(payments)
  .window(TumblingEventTimeWindows.of("1d"))
  .apply((ordered, paid, out: Collector<string>) => {
    if ([...paid].length === 0) for (const { order } of ordered) out.collect(`nobody paid for the ${order}`);
  })
  .print();

await env.execute("joins");

// prints:
// books: 40 euros after 25 minutes
// tea: 9 euros after 60 minutes
// nobody paid for the bread
