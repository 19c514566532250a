/**
 * Asks a slow service for the price of each order, for several orders at once. The service is busy now and then, and does not know everything.
 *
 *     npx millrace run examples/async-io.ts
 */
import { AsyncDataStream, StreamExecutionEnvironment } from "millrace";

interface Order {
  readonly item: string;
  readonly pieces: number;
}

const PRICES: Readonly<Record<string, number>> = { bread: 3, tea: 5, books: 21 };
let asked = 0;

/** Stands for a call over the network. */
async function priceOf(item: string): Promise<number | undefined> {
  const isBusy = asked++ === 1;
  await new Promise((resolve) => setTimeout(resolve, item === "bread" ? 40 : 10));
  if (isBusy) throw new Error("503: busy");
  if (item === "unicorns") return new Promise(() => {});
  return PRICES[item];
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.setParallelism(1);

const orders = env.fromCollection<Order>([
  { item: "bread", pieces: 2 },
  { item: "tea", pieces: 1 },
  { item: "unicorns", pieces: 1 },
  { item: "books", pieces: 3 },
]);

AsyncDataStream.orderedWait(
  orders,
  {
    async asyncInvoke({ item, pieces }: Order) {
      const price = await priceOf(item);
      return `${pieces} ${item}: ${pieces * (price ?? 0)} euros`;
    },
    timeout: ({ item }) => `nobody knows the price of ${item}`,
  },
  { timeout: "500ms", capacity: 10, retry: { attempts: 3, delay: "20ms" } },
).print();

await env.execute("async-io");

// prints:
// 2 bread: 6 euros
// 1 tea: 5 euros
// nobody knows the price of unicorns
// 3 books: 63 euros
