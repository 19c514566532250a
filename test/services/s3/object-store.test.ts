import { AwsObjectStore } from "../../../src/filesystem/s3/aws-object-store.ts";
import { describeObjectStore } from "../../../src/filesystem/s3/object-store.contract.ts";
import { BUCKET, newFolder, S3_SERVER } from "./s3-server.ts";

describeObjectStore("S3", () => ({
  store: new AwsObjectStore(S3_SERVER),
  bucket: BUCKET,
  prefix: newFolder().slice(`/${BUCKET}/`.length),
}));
