import { describeKilledJobOn } from "../killed-job.contract.ts";
import { newUri } from "./hdfs-server.ts";

describeKilledJobOn("HDFS", newUri, {});
