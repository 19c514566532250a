import { describeFileSinkOn } from "../file-sink.contract.ts";
import { newUri } from "./hdfs-server.ts";

describeFileSinkOn("HDFS", newUri);
