// Executes in the main thread only, so that no worker can find the job.
import { isMainThread } from "node:worker_threads";
import { StreamExecutionEnvironment } from "millrace";

const env = StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": "threads" });
env.fromSequence(1, 10).print();
if (isMainThread) await env.execute("hidden").catch((error) => console.log(error.message));
