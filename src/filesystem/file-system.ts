/** A file or folder as `list` and `stat` show it. `path` is absolute within its file system. */
export interface FileStatus {
  readonly path: string;
  readonly kind: "file" | "folder";
  readonly length: number;
  readonly modifiedMs: number;
}

/** A file being written. Nothing is promised of it until `close` (plain) or `publish` (atomic) has resolved. */
export interface FileWriter {
  /** Appends; chunks are written in the order of the calls. `bytes` must not change before this has resolved. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes the file durable (fsync) and visible under its own name, all of it or nothing, then makes its folder durable. */
  publish(): Promise<void>;
  /** Gives up and removes what was written. Never throws for a file that is gone already. */
  abort(): Promise<void>;
}

/** A file that grows over several checkpoints and becomes visible once (Flink's RecoverableWriter). */
export interface ResumableWriter {
  append(bytes: Uint8Array): Promise<void>;
  /** Bytes appended so far. */
  readonly length: number;
  /** Makes everything appended so far durable. @returns plain data with which another process can `resume` or `publishResumable`. */
  persist(): Promise<ResumePoint>;
  /** Ends the file without publishing it. @returns the data with which it is published later, by whoever may. */
  closeForPublish(): Promise<ResumePoint>;
  abort(): Promise<void>;
  /**
   * Gives up what was appended since the file was resumed; the point that it was resumed from stays good. Left out where resuming goes on
   * in place: there, closing is enough.
   */
  abandon?(): Promise<void>;
}

/** Where a resumable file can be picked up: plain data, part of checkpoints. */
export interface ResumePoint {
  /** The name that the file will have once it is published. */
  readonly target: string;
  /** The name it has until then. */
  readonly temporary: string;
  readonly length: number;
  /** Only of a store that goes on in a copy: earlier temporary names, which go when the file is published. */
  readonly replaces?: readonly string[];
  /** Only of a store that cannot append: what it has of the file. */
  readonly upload?: {
    readonly id: string;
    readonly parts: readonly { readonly tag: string; readonly length: number; readonly number?: number }[];
    /** The path of a file with the bytes that come after the parts. */
    readonly tail?: string;
  };
}

/**
 * The one interface to anything that holds files: local disk, memory, S3, HDFS. Paths are absolute, with `/`.
 * Every failure is a `MillraceError` `FILE_FAILED` or `FILE_NOT_FOUND` that names the path, keeps the cause and says what to do.
 */
export interface FileSystem {
  readonly scheme: string;
  /** The bytes of a file, or those of `range`; fewer where the file ends earlier. */
  read(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array>;
  /** Opens a new file that appears under `path` only when published, replacing what was there. Makes missing folders. */
  create(path: string): Promise<FileWriter>;
  /** Creates a durable file with these contents unless there is one of that name. Of several who try at once, one gets true. */
  createExclusive(path: string, bytes: Uint8Array): Promise<boolean>;
  openResumable(target: string): Promise<ResumableWriter>;
  /** Goes on after `point`; bytes beyond it (written after the checkpoint that holds it) are cut off. */
  resume(point: ResumePoint): Promise<ResumableWriter>;
  /** Makes a closed resumable file visible. Idempotent: done already is done. @throws `FILE_NOT_FOUND` when both names are missing. */
  publishResumable(point: ResumePoint): Promise<void>;
  stat(path: string): Promise<FileStatus | undefined>;
  /** What lies directly in a folder, sorted by path, without unfinished files; empty for a folder that does not exist. */
  list(folder: string): Promise<FileStatus[]>;
  /** The unfinished files directly in a folder: being written now, or left by a writer that died. */
  listTemporary(folder: string): Promise<FileStatus[]>;
  makeFolder(path: string): Promise<void>;
  /** Removes a file, or a folder with all that is in it; what is gone already is no error. */
  remove(path: string): Promise<void>;
  /** The same at once, for a process that is ending; left out where that is impossible. */
  removeSync?(path: string): void;
}
