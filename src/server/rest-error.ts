/** A request that is answered with a status code and a sentence. */
export class RestError extends Error {
  override name: string = "RestError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const notFound = (what: string): RestError => new RestError(404, what);
