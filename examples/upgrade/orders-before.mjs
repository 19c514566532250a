/**
 * What an earlier version of `orders.ts` has left: a savepoint with the revenue per customer, in euros. Written from data here; a job's
 * own savepoint looks the same.
 *
 *     node examples/upgrade/orders-before.mjs savepoints/before
 */
import { valueState } from "millrace";
import { SnapshotBuilder } from "millrace/state-reader";

const location = await new SnapshotBuilder({ jobName: "orders" })
  .add({
    uid: "revenue",
    name: "revenue",
    state: { total: valueState({ initial: { euros: 0 } }) },
    entries: [
      ["ada", { total: { euros: 12.5 } }],
      ["bob", { total: { euros: 3 } }],
    ],
  })
  .write(process.argv[2] ?? "savepoints/before");

console.log(location);
