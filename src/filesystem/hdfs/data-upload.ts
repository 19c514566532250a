import { type ClientRequest, request } from "node:http";
import { IDLE_TIMEOUT_MS, timedOut } from "./http-exchange.ts";
import { remoteException } from "./remote-exception.ts";

/**
 * Bytes on their way into a file: one request to a DataNode that stays open while more come. The file is as long as was written, and closed,
 * once `end` has resolved; when the connection breaks, HDFS closes it at some length in between.
 *
 * `fetch` cannot do this: the DataNode says "100 Continue" without being asked, which it takes for a broken answer.
 */
export class DataUpload {
  readonly #request: ClientRequest;
  /** Rejects when the request fails; resolves when it was answered with success. */
  readonly #answered: Promise<void>;
  /** Calls that wait for the DataNode. While nobody does, a quiet connection is only one without work. */
  #waiting = 0;

  private constructor(method: "PUT" | "POST", url: string) {
    this.#request = request(url, {
      method,
      agent: false,
      timeout: IDLE_TIMEOUT_MS,
      headers: { "content-type": "application/octet-stream", "transfer-encoding": "chunked", expect: "100-continue" },
    });
    this.#answered = new Promise((resolve, reject) => {
      this.#request.on("response", (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        answer.on("error", reject);
        answer.on("end", () => {
          const status = answer.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve();
          else reject(remoteException(status, body));
        });
      });
      this.#request.on("timeout", () => {
        if (this.#waiting > 0) this.#request.destroy(timedOut(url));
      });
      this.#request.on("error", reject);
    });
    // Whoever writes or ends hears of a failure; between calls nobody listens.
    this.#answered.catch(() => {});
  }

  /** Resolves once the DataNode takes bytes; the file itself it opens only then. */
  static async open(method: "PUT" | "POST", url: string): Promise<DataUpload> {
    const upload = new DataUpload(method, url);
    await upload.#wait(
      new Promise<void>((resolve) => {
        upload.#request.on("continue", () => resolve());
        upload.#request.flushHeaders();
      }),
    );
    return upload;
  }

  /** Rejects as soon as the DataNode has refused, or the connection is broken. */
  get refusal(): Promise<void> {
    return this.#answered;
  }

  /** Resolves once the bytes have left this process. */
  write(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return Promise.resolve();
    return this.#wait(new Promise((resolve) => this.#request.write(bytes, () => resolve())));
  }

  /** Resolves once all is in the file and the file is closed. */
  async end(): Promise<void> {
    this.#waiting++;
    try {
      this.#request.end();
      await this.#answered;
    } finally {
      this.#waiting--;
    }
  }

  /** Breaks off. */
  destroy(): void {
    this.#request.destroy();
  }

  async #wait(done: Promise<void>): Promise<void> {
    this.#waiting++;
    try {
      // An answer before the end can only be a refusal.
      await Promise.race([done, this.#answered]);
      // A write that has failed calls back too, a moment before the reason is known.
      if (this.#request.destroyed) await this.#answered;
    } finally {
      this.#waiting--;
    }
  }
}
