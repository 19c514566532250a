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
/** What it was started from, for tests that need one of their own. */
export const PROGRAM: string = given("MILLRACE_TEST_S3_PROGRAM");

export const BUCKET = "millrace-test";

configureFileSystems({ s3: S3_SERVER });

await createBucket(S3_SERVER);

let folders = 0;
const run = randomBytes(4).toString("hex");

/** Makes the bucket, unless the server has it. */
export async function createBucket(server: S3Settings): Promise<void> {
  await new S3Client(clientConfiguration(server, {}))
    .send(new CreateBucketCommand({ Bucket: BUCKET }))
    .catch((error: unknown) => {
      if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
    });
}

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
