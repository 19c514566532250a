import { randomBytes } from "node:crypto";
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { configureFileSystems } from "../../../src/filesystem/resolve.ts";
import { clientConfiguration } from "../../../src/filesystem/s3/aws-object-store.ts";
import type { S3Settings } from "../../../src/filesystem/s3/s3-settings.ts";

/** The S3 server that `npm run test:services` has started. */
export const S3_SERVER: Required<Pick<S3Settings, "endpoint" | "accessKey" | "secretKey">> = {
  endpoint: given("MILLRACE_TEST_S3_ENDPOINT"),
  accessKey: given("MILLRACE_TEST_S3_ACCESS_KEY"),
  secretKey: given("MILLRACE_TEST_S3_SECRET_KEY"),
};

export const BUCKET = "millrace-test";

configureFileSystems({ s3: S3_SERVER });

await new S3Client(clientConfiguration(S3_SERVER, {}))
  .send(new CreateBucketCommand({ Bucket: BUCKET }))
  .catch((error: unknown) => {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  });

let folders = 0;
const run = randomBytes(4).toString("hex");

/** A folder that no other test has. */
export function newFolder(): string {
  return `/${BUCKET}/${run}/${folders++}`;
}

export function newUri(): string {
  return `s3:/${newFolder()}`;
}

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start these tests by npm run test:services.`);
  return value;
}
