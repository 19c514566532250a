/** One request to the job manager: what is asked, how long it may take, and what comes of a failure. */

/** A job manager on the same machine answers within milliseconds; one that has not by then is busy or gone. */
const TIMEOUT_MS = 15_000;

const TOKEN_KEY = "millrace-token";

/** Relative to where the page was served from, so that a proxy may put both under a path. */
const ROOT = new URL("./", document.baseURI);

export class RestError extends Error {
  override readonly name = "RestError";
  /** Undefined where there was no answer at all. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined) {
    super(message);
    this.status = status;
  }
}

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PATCH";
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** @param path - Segments, each of which is escaped. */
export async function request<T>(path: readonly string[], options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  const text = await response.text();
  if (!response.ok) throw new RestError(reasonIn(text) ?? `${response.status} ${response.statusText}`, response.status);
  return JSON.parse(text) as T;
}

async function send(
  path: readonly string[],
  { method = "GET", query = {}, body, signal }: RequestOptions,
): Promise<Response> {
  const url = new URL(path.map(encodeURIComponent).join("/"), ROOT);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, `${value}`);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const token = sessionStorage.getItem(TOKEN_KEY);
  try {
    return await fetch(url, {
      method,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new RestError(timeout.aborted ? "no answer in 15 s" : "the program does not answer", undefined);
  }
}

/** The first line of `{"errors": [...]}`, without the Java class that Flink's clients expect before it. */
function reasonIn(text: string): string | undefined {
  try {
    const { errors } = JSON.parse(text) as { errors?: readonly string[] };
    const first = errors?.find((error) => error !== "");
    return first?.split("\n")[0]?.replace(/^(?:[\w$]+\.)+[\w$]+: /, "");
  } catch {
    return undefined;
  }
}

/** Kept for this tab only: a job manager that listens beyond its own machine asks for it. */
export function setToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}
