import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface S3Request {
  readonly method: string;
  /** With the bucket, without the query. */
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
}

/** `before`: the store never hears of it. `after`: the store has done it, and the answer is lost. */
export type Moment = "before" | "after";

/**
 * Stands between a program and its S3 server, and sees every request: what the program wants done, and that it is done.
 *
 *     program ──▶ proxy ──▶ S3
 */
export class S3Proxy {
  /** Asked for each request; `moment`: the connection is cut then. */
  cut: (request: S3Request) => Moment | undefined = () => undefined;
  /** Told of each request that the store has answered well. */
  onDone: (request: S3Request) => void = () => {};
  /** Told when a connection is cut. */
  onCut: (request: S3Request) => void = () => {};
  readonly #server: Server;
  readonly #target: URL;

  private constructor(endpoint: string) {
    this.#target = new URL(endpoint);
    this.#server = createServer((incoming, outgoing) => {
      this.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async start(endpoint: string): Promise<S3Proxy> {
    const proxy = new S3Proxy(endpoint);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [path, query = ""] = incoming.url!.split("?");
    const body = await bytesOf(incoming);
    const seen: S3Request = { method: incoming.method!, path: decodeURIComponent(path!), query, body };
    const moment = this.cut(seen);
    if (moment !== "before") {
      const answer = await this.#forward(incoming, body);
      const answered = await bytesOf(answer);
      if (answer.statusCode! < 300) this.onDone(seen);
      if (moment === undefined) {
        outgoing.writeHead(answer.statusCode!, answer.headers).end(answered);
        return;
      }
    }
    this.onCut(seen);
    outgoing.destroy();
  }

  /** As it came: the signature covers the name of the host that the program has asked. */
  #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target;
      const forwarded = request({ hostname, port, method, path: url, headers, setHost: false }, resolve);
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
