import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a stub says to one request; undefined: it breaks the connection off. */
export type StubAnswer = { readonly status: number; readonly body: unknown } | undefined;

/** A server that answers as a NameNode would, for tests of what is done when it does not. */
export class StubNameNode {
  /** Operations that it was asked for, in order. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(answer: (operation: string, count: number) => StubAnswer) {
    this.#server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const operation = new URL(request.url!, "http://stub").searchParams.get("op")!;
      this.asked.push(operation);
      const said = answer(operation, this.asked.length);
      if (said === undefined) request.socket.destroy();
      else response.writeHead(said.status).end(JSON.stringify(said.body));
    });
  }

  static async start(answer: (operation: string, count: number) => StubAnswer): Promise<StubNameNode> {
    const stub = new StubNameNode(answer);
    await new Promise<void>((resolve) => stub.#server.listen(0, "127.0.0.1", resolve));
    return stub;
  }

  get authority(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function refusal(exception: string, status = 403): StubAnswer {
  return { status, body: { RemoteException: { exception, message: "stub" } } };
}

export const FILE: StubAnswer = {
  status: 200,
  body: { FileStatus: { pathSuffix: "", type: "FILE", length: 3, modificationTime: 7 } },
};
