import { describeCheckpointsOn } from "../checkpoints.contract.ts";
import { newUri } from "./s3-server.ts";

describeCheckpointsOn("S3", newUri);
