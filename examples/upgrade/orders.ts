/**
 * Revenue per customer, in cents. The version before counted in euros, knew no number of orders, and called its operator "revenue"; this
 * one goes on from its savepoint all the same.
 *
 *     node examples/upgrade/orders-before.mjs savepoints/before
 *     npx millrace check-upgrade examples/upgrade/orders.ts --from savepoints/before
 *     npx millrace run examples/upgrade/orders.ts --from savepoints/before
 */
import { type Collector, StreamExecutionEnvironment, valueState } from "millrace";

interface Order {
  readonly customer: string;
  readonly cents: number;
}

const orders: readonly Order[] = [
  { customer: "ada", cents: 250 },
  { customer: "cyd", cents: 999 },
  { customer: "bob", cents: 100 },
  { customer: "ada", cents: 5 },
];

const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .fromCollection(orders)
  .uid("orders")
  .keyBy((order) => order.customer)
  .process({
    state: {
      total: valueState({
        initial: { cents: 0, orders: 0 },
        // Called once for each customer of the savepoint.
        migrate: (old: { euros: number }) => ({ cents: Math.round(old.euros * 100), orders: 1 }),
      }),
    },
    processElement(order, { state }, out: Collector<string>) {
      const { cents, orders } = state.total.value();
      state.total.update({ cents: cents + order.cents, orders: orders + 1 });
      out.collect(`${order.customer}: ${cents + order.cents} cents in ${orders + 1} orders`);
    },
  })
  .name("revenue in cents")
  .uid("revenue-in-cents", { formerly: ["revenue"] })
  .print();

await env.execute("orders");

// prints, with --from:
// ada: 1500 cents in 2 orders
// cyd: 999 cents in 1 orders
// bob: 400 cents in 2 orders
// ada: 1505 cents in 3 orders
