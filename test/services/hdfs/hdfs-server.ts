import { randomBytes } from "node:crypto";

/** The host and web port of the NameNode that `npm run test:services` has started. */
export const NAME_NODE: string = given("MILLRACE_TEST_HDFS");
/** Its other port, which people put into URIs for Hadoop's own clients. */
export const RPC: string = given("MILLRACE_TEST_HDFS_RPC");
/** Where its packages are, for tests that start one of their own. */
export const PROGRAM: string = given("MILLRACE_TEST_HDFS_PROGRAM");

let folders = 0;
const run = randomBytes(4).toString("hex");

/** A folder that no other test has. */
export function newFolder(): string {
  return `/${NAME_NODE}/${run}/${folders++}`;
}

export function newUri(): string {
  return `hdfs:/${newFolder()}`;
}

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start these tests by npm run test:services.`);
  return value;
}
