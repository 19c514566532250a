import { describeCheckpointsOn } from "../checkpoints.contract.ts";
import { newUri } from "./hdfs-server.ts";

describeCheckpointsOn("HDFS", newUri);
