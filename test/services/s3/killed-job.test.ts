import { describeKilledJobOn } from "../killed-job.contract.ts";
import { newUri, S3_SERVER } from "./s3-server.ts";

describeKilledJobOn("S3", newUri, {
  "s3.endpoint": S3_SERVER.endpoint,
  "s3.access-key": S3_SERVER.accessKey,
  "s3.secret-key": S3_SERVER.secretKey,
  "s3.path.style.access": "true",
});
