/** How to reach S3. What is not given comes from where the AWS SDK looks: `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, `~/.aws`, an instance's role. */
export interface S3Settings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  /** Whether the bucket is part of the path (`http://host/bucket/key`), not of the host's name. Default: with an endpoint of one's own. */
  readonly pathStyleAccess?: boolean;
  /** Bytes of one part of a large file. At least S3's own least, 5 MiB; default 8 MiB. */
  readonly partBytes?: number;
  /** Parts of all files of a thread that may be on their way at once. Default 4. */
  readonly uploadsMax?: number;
}

/** The least that S3 takes for a part that is not the last one. */
export const PART_BYTES_LEAST: number = 5 * 1024 * 1024;

/** A file has at most 10 000 parts, so this allows for 78 GiB; memory is this times the uploads at once, and once more per open file. */
export const PART_BYTES_DEFAULT: number = 8 * 1024 * 1024;

/** Enough to fill a usual connection; each holds a part in memory. */
export const UPLOADS_MAX_DEFAULT = 4;
