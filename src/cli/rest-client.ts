import { MillraceError } from "../core/errors.ts";
import { REST_TOKEN_VARIABLE } from "../server/access.ts";

/** How long one answer may take; what takes longer is asked for again by its id. */
const TIMEOUT_MS = 30_000;

/** The REST API of one process. */
export class RestClient {
  /** "http://127.0.0.1:8081". */
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** @throws {MillraceError} `REST_UNREACHABLE`, `REST_REFUSED`. */
  get<T>(path: string): Promise<T> {
    return this.#ask<T>("GET", path);
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>("POST", path, body);
  }

  patch<T>(path: string): Promise<T> {
    return this.#ask<T>("PATCH", path);
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const token = process.env[REST_TOKEN_VARIABLE];
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (cause) {
      throw unreachable(this.url, cause);
    }
    const answer = parsed(text);
    if (response.ok && answer !== undefined) return answer as T;
    throw refused(this.url, response.status, answer, text);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(url: string, cause: unknown): MillraceError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new MillraceError("REST_UNREACHABLE", {
    message: `nothing answers at ${url}: ${reason}.`,
    advice: "See that the job runs, and name the address that it printed at its start: -m host:port.",
    cause,
  });
}

function refused(url: string, status: number, answer: unknown, text: string): MillraceError {
  const { errors = [] } = (answer ?? {}) as { readonly errors?: readonly unknown[] };
  const lines = errors.map((error) => String(error).split("\n", 1)[0]!);
  const reason = lines.length > 0 ? lines.join(" ") : text.slice(0, 200);
  return new MillraceError("REST_REFUSED", {
    message: `${url} answers ${status}: ${reason}`,
    ...(status === 401
      ? { advice: `Set the environment variable ${REST_TOKEN_VARIABLE} to the token that the job was started with.` }
      : {}),
    facts: { status },
  });
}
