import { join } from "node:path";
import { S3FileSystem } from "../../../src/filesystem/s3/s3-file-system.ts";
import { describeKilledStore, type KillableStore, type StoreKill } from "../killed-store.contract.ts";
import { seaweedfs } from "../servers/seaweedfs.mjs";
import { type Moment, S3Proxy, type S3Request } from "./s3-proxy.ts";
import { BUCKET, createBucket, PROGRAM, S3_SERVER } from "./s3-server.ts";

const isPut = ({ method, path }: S3Request, file: RegExp): boolean => method === "PUT" && file.test(path);
/** Of a file of the sink that is complete. */
const isCommit = ({ method, query }: S3Request): boolean => method === "POST" && query.startsWith("uploadId=");

/** What the store is killed at. `after`: it has done what it was asked for, and nobody hears of it. */
const AIMS: readonly {
  readonly at: string;
  readonly moment: Moment;
  readonly matches: (request: S3Request) => boolean;
}[] = [
  {
    at: "an upload of state",
    moment: "before",
    matches: (request) => isPut(request, /\/checkpoints\/counts\/shared\//),
  },
  { at: "a commit", moment: "after", matches: isCommit },
  { at: "the pointer", moment: "after", matches: (request) => isPut(request, /\/checkpoints\/counts\/latest$/) },
  { at: "a commit", moment: "before", matches: isCommit },
];

describeKilledStore("S3", async (folder): Promise<KillableStore> => {
  const server = await seaweedfs.start(PROGRAM, folder);
  const settings = { ...S3_SERVER, endpoint: server.environment["MILLRACE_TEST_S3_ENDPOINT"]! };
  await createBucket(settings);
  const proxy = await S3Proxy.start(settings.endpoint);
  return {
    server: { ...server, stop: () => Promise.all([proxy.close(), server.stop()]) },
    job: {
      uri: `s3://${BUCKET}/killed-store`,
      configuration: {
        "s3.endpoint": proxy.endpoint,
        "s3.access-key": settings.accessKey,
        "s3.secret-key": settings.secretKey,
        "s3.path.style.access": "true",
        "state.backend.type": "rocksdb",
        "state.backend.rocksdb.localdir": join(folder, "local"),
        "execution.checkpointing.incremental": "true",
      },
    },
    place: { fileSystem: new S3FileSystem(settings), path: `/${BUCKET}/killed-store` },
    kills: AIMS.map(
      ({ at, moment, matches }): StoreKill => ({
        at: `${moment} ${at}`,
        victims: server.processes,
        moment: () =>
          new Promise((resolve) => {
            proxy.cut = (request) => (matches(request) ? moment : undefined);
            proxy.onCut = () => {
              proxy.cut = () => undefined;
              resolve();
            };
          }),
      }),
    ),
  };
});
