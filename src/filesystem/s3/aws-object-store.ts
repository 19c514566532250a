import type { ListMultipartUploadsOutput, S3Client } from "@aws-sdk/client-s3";
import { MillraceError } from "../../core/errors.ts";
import type {
  NumberedPart,
  ObjectAddress,
  ObjectListing,
  ObjectStatus,
  ObjectStore,
  PendingUpload,
} from "./object-store.ts";
import { answerOf } from "./s3-error.ts";
import type { S3Settings } from "./s3-settings.ts";

type Sdk = typeof import("@aws-sdk/client-s3");

/** Tries of one request, the SDK's own way: with growing, random pauses, together less than a minute. */
const ATTEMPTS_MAX = 5;
const CONNECT_TIMEOUT_MS = 5_000;
/** A connection on which nothing moves for so long is given up: nothing ever waits for a store that is gone without a word. */
const IDLE_TIMEOUT_MS = 30_000;
/** Above what 5 MiB need on a slow line, and below a checkpoint's usual timeout. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Keys of one request to delete; S3 takes no more. */
const DELETE_MAX = 1000;

/** The header by which a writer knows its own object again. */
const WRITER = "millrace-writer";

/** S3 by way of the AWS SDK, which is loaded at the first call. */
export class AwsObjectStore implements ObjectStore {
  readonly #settings: S3Settings;
  readonly #load: () => Promise<Sdk>;
  #opening: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | undefined;

  constructor(settings: S3Settings = {}, load: () => Promise<Sdk> = () => import("@aws-sdk/client-s3")) {
    this.#settings = settings;
    this.#load = load;
  }

  async head({ bucket, key }: ObjectAddress): Promise<ObjectStatus | undefined> {
    const { sdk, client } = await this.#open();
    try {
      const found = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
      return { key, length: found.ContentLength ?? 0, modifiedMs: found.LastModified?.getTime() ?? 0 };
    } catch (error) {
      if (answerOf(error).status === 404) return undefined;
      throw error;
    }
  }

  async get(
    { bucket, key }: ObjectAddress,
    range?: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array | undefined> {
    const { sdk, client } = await this.#open();
    const part = range === undefined ? {} : { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
    for (let attempt = 1; ; attempt++) {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...part }));
        return (await Body?.transformToByteArray()) ?? new Uint8Array(0);
      } catch (error) {
        const { name, status } = answerOf(error);
        if (name === "NoSuchKey") return undefined;
        if (status === 416) return new Uint8Array(0);
        // The SDK tries again only until the first byte is there; a connection that breaks later is left to us.
        if (status !== undefined || name === "CredentialsProviderError" || attempt >= READ_ATTEMPTS_MAX) throw error;
      }
    }
  }

  async put({ bucket, key }: ObjectAddress, bytes: Uint8Array): Promise<void> {
    const { sdk, client } = await this.#open();
    await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
  }

  async putIfAbsent({ bucket, key }: ObjectAddress, bytes: Uint8Array, writer: string): Promise<boolean> {
    const { sdk, client } = await this.#open();
    const put = { Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: "*", Metadata: { [WRITER]: writer } };
    for (let attempt = 1; ; attempt++) {
      try {
        await client.send(new sdk.PutObjectCommand(put));
        return true;
      } catch (error) {
        const { status } = answerOf(error);
        // Another one is writing it at this moment, and may yet fail.
        if (status === 409 && attempt < CONFLICTS_MAX) continue;
        if (status !== 412) throw error;
        break;
      }
    }
    // The object that is there may be ours: the answer to the first try was lost, and the SDK tried again.
    const found = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
      if (answerOf(error).status === 404) return undefined;
      throw error;
    });
    return found?.Metadata?.[WRITER] === writer;
  }

  async list(bucket: string, prefix: string, { folded }: { readonly folded: boolean }): Promise<ObjectListing> {
    const { sdk, client } = await this.#open();
    const objects: ObjectStatus[] = [];
    const prefixes: string[] = [];
    const request = { Bucket: bucket, Prefix: prefix, ...(folded ? { Delimiter: "/" } : {}) };
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await client.send(
        new sdk.ListObjectsV2Command({ ...request, ...(token === undefined ? {} : { ContinuationToken: token }) }),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        objects.push({ key: Key!, length: Size ?? 0, modifiedMs: LastModified?.getTime() ?? 0 });
      }
      for (const { Prefix } of page.CommonPrefixes ?? []) prefixes.push(Prefix!);
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    }
    return { objects, prefixes };
  }

  async hasAny(bucket: string, prefix: string): Promise<boolean> {
    const { sdk, client } = await this.#open();
    const page = await client.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }));
    return (page.Contents?.length ?? 0) > 0;
  }

  async delete(bucket: string, keys: readonly string[]): Promise<void> {
    const { sdk, client } = await this.#open();
    if (keys.length === 1) {
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: keys[0]! }));
      return;
    }
    for (let at = 0; at < keys.length; at += DELETE_MAX) {
      const Objects = keys.slice(at, at + DELETE_MAX).map((Key) => ({ Key }));
      const { Errors } = await client.send(
        new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      const failed = Errors?.find(({ Code }) => Code !== "NoSuchKey");
      if (failed !== undefined) throw new Error(`${failed.Key} stays: ${failed.Code} ${failed.Message}`);
    }
  }

  async beginUpload({ bucket, key }: ObjectAddress): Promise<string> {
    const { sdk, client } = await this.#open();
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
    return UploadId!;
  }

  async hasUpload({ bucket, key }: ObjectAddress, uploadId: string): Promise<boolean> {
    const { sdk, client } = await this.#open();
    const request = new sdk.ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, MaxParts: 1 });
    return (await unlessGone(client.send(request))) !== undefined;
  }

  async uploadPart(
    { bucket, key }: ObjectAddress,
    uploadId: string,
    part: number,
    bytes: Uint8Array,
  ): Promise<string | undefined> {
    const { sdk, client } = await this.#open();
    const address = { Bucket: bucket, Key: key, UploadId: uploadId };
    const request = new sdk.UploadPartCommand({ ...address, PartNumber: part, Body: bytes });
    return (await unlessGone(client.send(request)))?.ETag;
  }

  async completeUpload(
    { bucket, key }: ObjectAddress,
    uploadId: string,
    parts: readonly NumberedPart[],
  ): Promise<boolean> {
    const { sdk, client } = await this.#open();
    const Parts = parts.map(({ number, tag }) => ({ ETag: tag, PartNumber: number }));
    const address = { Bucket: bucket, Key: key, UploadId: uploadId };
    const request = new sdk.CompleteMultipartUploadCommand({ ...address, MultipartUpload: { Parts } });
    return (await unlessGone(client.send(request))) !== undefined;
  }

  async abortUpload({ bucket, key }: ObjectAddress, uploadId: string): Promise<void> {
    const { sdk, client } = await this.#open();
    await unlessGone(
      client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId })),
    );
  }

  async listUploads(bucket: string, prefix: string): Promise<PendingUpload[]> {
    const { sdk, client } = await this.#open();
    const uploads: PendingUpload[] = [];
    for (let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}; from !== undefined; ) {
      const page: ListMultipartUploadsOutput = await client.send(
        new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...from }),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        uploads.push({ key: Key!, uploadId: UploadId!, startedMs: Initiated?.getTime() ?? 0 });
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
      from =
        IsTruncated === true && NextKeyMarker
          ? { KeyMarker: NextKeyMarker, ...(NextUploadIdMarker ? { UploadIdMarker: NextUploadIdMarker } : {}) }
          : undefined;
    }
    return uploads;
  }

  #open(): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> {
    this.#opening ??= this.#connect();
    return this.#opening;
  }

  async #connect(): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> {
    let sdk: Sdk;
    try {
      // Which Node is too old for the SDK's next versions is no matter of the program's user, and would be told by each thread.
      process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
      sdk = await this.#load();
    } catch (cause) {
      throw new MillraceError("DEPENDENCY_MISSING", {
        message: "files on S3 need the package @aws-sdk/client-s3, which cannot be loaded.",
        advice: "Run `npm install @aws-sdk/client-s3`.",
        cause,
      });
    }
    return { sdk, client: new sdk.S3Client(clientConfiguration(this.#settings, process.env)) };
  }
}

/** A read that broke in the middle is tried again so often. */
const READ_ATTEMPTS_MAX = 3;
/** Conditional writes that are refused since another one is under way are tried again so often. */
const CONFLICTS_MAX = 5;

/** What the client is made with; what is left out, the SDK finds by itself. */
export function clientConfiguration(
  settings: S3Settings,
  environment: Readonly<Record<string, string | undefined>>,
): NonNullable<ConstructorParameters<Sdk["S3Client"]>[0]> {
  const { endpoint, region, accessKey, secretKey } = settings;
  const ownEndpoint = endpoint ?? environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"];
  const isOwn = ownEndpoint !== undefined && !/\.amazonaws\.com(\.cn)?(:\d+)?\/?$/.test(ownEndpoint);
  const hasRegion = environment["AWS_REGION"] !== undefined || environment["AWS_DEFAULT_REGION"] !== undefined;
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    // A store of one's own has no regions, and still the SDK wants one.
    ...(region !== undefined ? { region } : isOwn && !hasRegion ? { region: "us-east-1" } : {}),
    ...(accessKey !== undefined && secretKey !== undefined
      ? { credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } }
      : {}),
    forcePathStyle: settings.pathStyleAccess ?? isOwn,
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (answerOf(error).name === "NoSuchUpload") return undefined;
    throw error;
  }
}
