// Writes 1,000 numbers to files, says so, and with LINGER stays until somebody kills it.
import { FsStateBackend, StreamExecutionEnvironment } from "millrace";
import { FileSink } from "millrace/connectors/files";

const folder = process.env.FINISHING_FOLDER;
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(50);
env.setStateBackend(new FsStateBackend(`${folder}/checkpoints`));
env.fromSequence(1, 1_000).sinkTo(FileSink.jsonLines(`${folder}/out`));
await env.execute("finishing");
console.log("finished");
if (process.env.LINGER) setInterval(() => {}, 1_000);
