/** Fails in a user's function; the test looks for the line, which its compiled form does not have at the same place. */
import { StreamExecutionEnvironment } from "millrace";

interface Order {
  readonly price: number;
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();

function toEuros(order: Order): Order {
  if (order.price === 1) throw new TypeError(`no such currency: ${order.price}`);
  return order;
}

env
  .fromCollection<Order>([{ price: 1 }])
  .map(toEuros)
  .name("to euros")
  .print();
await env.execute("orders");
