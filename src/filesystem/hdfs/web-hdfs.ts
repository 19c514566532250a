import { Agent } from "node:http";
import type { Clock } from "../../core/clock.ts";
import { systemCode } from "../file-error.ts";
import { DataUpload } from "./data-upload.ts";
import { nameNodesOf } from "./hdfs-path.ts";
import { exchange } from "./http-exchange.ts";
import { RemoteException } from "./remote-exception.ts";

export interface HdfsStatus {
  /** Within the folder that was listed; "" for the file that was asked for itself. */
  readonly pathSuffix: string;
  readonly type: "FILE" | "DIRECTORY" | "SYMLINK";
  readonly length: number;
  readonly modificationTime: number;
}

/** A NameNode that is away, starting or standing by is asked again for so long: a failover takes seconds. */
const RETRY_WITHIN_MS = 15_000;
const RETRY_PAUSE_LEAST_MS = 100;
const RETRY_PAUSE_MOST_MS = 2_000;

/** The calls of WebHDFS, each tried again while that is safe and may help. What is refused throws `RemoteException`. */
export class WebHdfs {
  readonly #nameNodes: readonly string[];
  readonly #user: string;
  readonly #clock: Clock;
  readonly #agent: Agent = new Agent({ keepAlive: true });
  /** The NameNode that answered last. */
  #active = 0;

  constructor(authority: string, user: string, clock: Clock) {
    this.#nameNodes = nameNodesOf(authority);
    this.#user = user;
    this.#clock = clock;
  }

  /** @throws {RemoteException} `FileNotFoundException` where there is nothing. */
  async status(path: string): Promise<HdfsStatus> {
    const { FileStatus } = await this.#ask<{ FileStatus: HdfsStatus }>("GET", path, "GETFILESTATUS");
    return FileStatus;
  }

  async list(path: string): Promise<HdfsStatus[]> {
    type Listing = { FileStatuses: { FileStatus: HdfsStatus[] } };
    return (await this.#ask<Listing>("GET", path, "LISTSTATUS")).FileStatuses.FileStatus;
  }

  /** Bytes of a file from `offset`; there must be `length` of them, and at least one. */
  read(path: string, offset: number, length: number): Promise<Buffer> {
    return this.#again("always", async (nameNode) => {
      const parameters = { noredirect: "true", offset: String(offset), length: String(length) };
      const { Location } = await this.#askOne<{ Location: string }>(nameNode, "GET", path, "OPEN", parameters);
      return exchange("GET", Location, this.#agent);
    });
  }

  async makeFolder(path: string): Promise<void> {
    await this.#ask("PUT", path, "MKDIRS");
  }

  async remove(path: string): Promise<void> {
    await this.#ask("DELETE", path, "DELETE", { recursive: "true" });
  }

  /** Gives a file another name, in one step that all see at once. @throws {RemoteException} `FileAlreadyExistsException`. */
  async rename(from: string, to: string, { overwrite }: { readonly overwrite: boolean }): Promise<void> {
    // Done twice, the second would say that there is no such file.
    await this.#again("if-refused", (nameNode) =>
      this.#askOne(nameNode, "PUT", from, "RENAME", {
        destination: to,
        renameoptions: overwrite ? "OVERWRITE" : "NONE",
      }),
    );
  }

  /** @returns whether it is done; HDFS may take a moment to cut the last block, and refuses writers until then. */
  async truncate(path: string, length: number): Promise<boolean> {
    const { boolean: done } = await this.#ask<{ boolean: boolean }>("POST", path, "TRUNCATE", {
      newlength: String(length),
    });
    return done;
  }

  /** A new file, with the folders above it; it is there when this resolves. @throws {RemoteException} `FileAlreadyExistsException`. */
  async create(path: string): Promise<DataUpload> {
    const upload = await this.#upload("PUT", path, "CREATE", { overwrite: "false" });
    try {
      await Promise.race([this.#appearance(path), upload.refusal]);
    } catch (error) {
      upload.destroy();
      throw error;
    }
    return upload;
  }

  /** Goes on with a closed file. That another one has it open is told by the first call that follows. */
  append(path: string): Promise<DataUpload> {
    return this.#upload("POST", path, "APPEND", {});
  }

  #upload(
    method: "PUT" | "POST",
    path: string,
    operation: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<DataUpload> {
    return this.#again("if-refused", async (nameNode) => {
      const asked = { ...parameters, noredirect: "true" };
      const { Location } = await this.#askOne<{ Location: string }>(nameNode, method, path, operation, asked);
      return DataUpload.open(method, Location);
    });
  }

  /** Resolves once there is such a file: a DataNode takes bytes for it a moment before. */
  async #appearance(path: string): Promise<void> {
    const untilMs = this.#clock.nowMs() + RETRY_WITHIN_MS;
    for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, RETRY_PAUSE_MOST_MS)) {
      try {
        await this.status(path);
        return;
      } catch (error) {
        const isMissing = error instanceof RemoteException && error.exception === "FileNotFoundException";
        // Below a file there is nothing to find either, and the DataNode's refusal says so better.
        const isRefused = error instanceof RemoteException && error.exception === "AccessControlException";
        if (!(isMissing || isRefused) || this.#clock.nowMs() > untilMs) throw error;
      }
      await pause(this.#clock, pauseMs);
    }
  }

  #ask<T>(
    method: string,
    path: string,
    operation: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    return this.#again("always", (nameNode) => this.#askOne<T>(nameNode, method, path, operation, parameters));
  }

  async #askOne<T>(
    nameNode: string,
    method: string,
    path: string,
    operation: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<T> {
    const query = new URLSearchParams({ op: operation, "user.name": this.#user, ...parameters });
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    // A kept connection that the server has just closed would leave it open whether a rename was done.
    const agent = operation === "RENAME" ? false : this.#agent;
    const body = await exchange(method, `${nameNode}${encoded}?${query}`, agent);
    return (body.length === 0 ? {} : JSON.parse(body.toString())) as T;
  }

  /** `always`: the work may be done twice. `if-refused`: only when it was certainly not done. */
  async #again<T>(when: "always" | "if-refused", work: (nameNode: string) => Promise<T>): Promise<T> {
    const untilMs = this.#clock.nowMs() + RETRY_WITHIN_MS;
    for (let pauseMs = RETRY_PAUSE_LEAST_MS; ; pauseMs = Math.min(pauseMs * 2, RETRY_PAUSE_MOST_MS)) {
      try {
        return await work(this.#nameNodes[this.#active]!);
      } catch (error) {
        if (!isWorthAnotherTry(error, when) || this.#clock.nowMs() + pauseMs > untilMs) throw error;
        this.#active = (this.#active + 1) % this.#nameNodes.length;
      }
      await pause(this.#clock, pauseMs);
    }
  }
}

function isWorthAnotherTry(error: unknown, when: "always" | "if-refused"): boolean {
  if (error instanceof RemoteException) return REFUSED_FOR_NOW.has(error.exception) || error.status === 503;
  const code = systemCode(error) ?? "";
  return NOT_CONNECTED.has(code) || (when === "always" && BROKEN_OFF.has(code));
}

/** A NameNode that does not lead, or has just started; nothing was done. */
const REFUSED_FOR_NOW: ReadonlySet<string> = new Set(["StandbyException", "RetriableException", "SafeModeException"]);
const NOT_CONNECTED: ReadonlySet<string> = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"]);
const BROKEN_OFF: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

export function pause(clock: Clock, pauseMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setAlarm(clock.nowMs() + pauseMs, resolve);
  });
}
