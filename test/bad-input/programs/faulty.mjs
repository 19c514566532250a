/** Fails in a user's function; the test looks for the line. The first argument is the host. */
import { StreamExecutionEnvironment } from "millrace";

const env = StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": process.argv[2] });
env
  .fromCollection([{ price: 1 }])
  .map((order) => {
    throw new TypeError(`no such currency: ${order.price}`);
  })
  .name("to euros")
  .print();
await env.execute("orders");
