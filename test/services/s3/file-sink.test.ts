import { describeFileSinkOn } from "../file-sink.contract.ts";
import { newUri } from "./s3-server.ts";

describeFileSinkOn("S3", newUri);
