import { type Agent, request } from "node:http";
import { remoteException } from "./remote-exception.ts";

/** A connection on which nothing moves for so long is given up: nothing ever waits for a server that is gone without a word. */
export const IDLE_TIMEOUT_MS = 20_000;

/** One request without a body. @returns the body of a successful answer. @throws {RemoteException} for any other. */
export function exchange(method: string, url: string, agent: Agent | false): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, timeout: IDLE_TIMEOUT_MS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const body = Buffer.concat(chunks);
        const status = answer.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(body);
        else reject(remoteException(status, body.toString()));
      });
    });
    sent.on("timeout", () => sent.destroy(timedOut(url)));
    sent.on("error", reject);
    sent.end();
  });
}

export function timedOut(url: string): Error {
  const error = new Error(`${new URL(url).host} has not answered for ${IDLE_TIMEOUT_MS} ms`);
  return Object.assign(error, { code: "ETIMEDOUT" });
}
