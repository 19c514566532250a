/** What WebHDFS answers when it refuses: the Java exception, and the status of the answer. */
export class RemoteException extends Error {
  override name = "RemoteException";
  /** The exception's class without its package, such as "FileNotFoundException"; "" for an answer that is not from WebHDFS. */
  readonly exception: string;
  readonly status: number;

  constructor(exception: string, status: number, message: string) {
    super(message);
    this.exception = exception;
    this.status = status;
  }
}

/** Reads the body of an answer that is not a success. Stack traces that Hadoop puts into messages are left out. */
export function remoteException(status: number, body: string): RemoteException {
  try {
    const { RemoteException: found } = JSON.parse(body) as {
      RemoteException?: { exception?: unknown; message?: unknown };
    };
    if (typeof found?.exception === "string") {
      return new RemoteException(found.exception, status, String(found.message).split("\n")[0]!);
    }
  } catch {
    // Another kind of server, or a proxy, has answered; what it says is all there is.
  }
  return new RemoteException("", status, `HTTP ${status}: ${body.slice(0, 200).trim()}`);
}
