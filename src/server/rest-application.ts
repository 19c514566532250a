import { existsSync } from "node:fs";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { MillraceError } from "../core/errors.ts";
import { PACKAGE_ROOT } from "../core/package-root.ts";
import { type AccessPolicy, refusalOf } from "./access.ts";
import type { Cluster } from "./cluster.ts";
import type { Endpoint } from "./endpoint.ts";
import { jsonText } from "./json-text.ts";
import { RestError } from "./rest-error.ts";

export interface ApplicationOptions {
  readonly cluster: Cluster;
  readonly endpoints: readonly Endpoint[];
  readonly access: AccessPolicy;
  /** The server that has been listening for it. */
  readonly server: Server;
  /** Whether answers are compared with their schemas; for tests. */
  readonly checkAnswers: boolean;
}

/** Bodies are a few names and paths. */
const BODY_BYTES_MAX = 64 * 1024;

/** As long as a request line can be. */
const PARAMETER_CHARS_MAX = 16_384;

const JSON_TYPE = "application/json; charset=UTF-8";

/** Where the build puts the dashboard. */
const DASHBOARD_FOLDER: string = join(PACKAGE_ROOT, "dist/dashboard/");

/** Routes, checks and error answers. @returns what answers the requests of `server`. */
export async function restApplication(options: ApplicationOptions): Promise<RequestListener> {
  let listener: RequestListener | undefined;
  const app = fastify({
    serverFactory: (handler) => {
      listener = handler as RequestListener;
      return options.server;
    },
    bodyLimit: BODY_BYTES_MAX,
    // Flink's command line puts /v1 before every path, its web UI does not.
    rewriteUrl: (request) => withoutVersion(request.url ?? "/"),
    // What is too long is refused by the schemas, in the shape of all refusals.
    routerOptions: { maxParamLength: PARAMETER_CHARS_MAX },
    frameworkErrors: (error, _request, reply) => {
      answerError(reply as unknown as FastifyReply, error.statusCode ?? 400, error.message);
    },
    // A HEAD that runs what its GET does would cancel jobs.
    exposeHeadRoutes: false,
    forceCloseConnections: true,
  });
  app.setValidatorCompiler(
    ({ schema }) =>
      (given: unknown) =>
        checked(schema as TSchema, given),
  );
  app.setSerializerCompiler(() => jsonText);
  acceptBodies(app);
  guard(app, options.access);
  answerErrors(app);
  for (const one of options.endpoints) route(app, one, options);
  if (existsSync(join(DASHBOARD_FOLDER, "index.html"))) {
    await app.register(fastifyStatic, { root: DASHBOARD_FOLDER, wildcard: false });
  }
  await app.ready();
  return listener!;
}

function withoutVersion(url: string): string {
  return /^\/v1(?=\/)/.test(url) ? url.slice(3) : url;
}

function route(app: FastifyInstance, one: Endpoint, { cluster, checkAnswers }: ApplicationOptions): void {
  const { method, path, params, query, body, bodyIsOptional = false } = one;
  app.route({
    method,
    url: path,
    schema: {
      ...(params && { params }),
      ...(query && { querystring: query }),
      ...(body && !bodyIsOptional && { body }),
    },
    config: { isPublic: false },
    handler: async (request, reply) => {
      const given =
        bodyIsOptional && body !== undefined && request.body !== undefined ? mustBe(body, request.body) : request.body;
      const answer: unknown = await one.handle({ params: request.params, query: request.query, body: given }, cluster);
      if (checkAnswers) checkAnswer(one, answer);
      reply.code(one.status ?? 200).header("content-type", one.contentType ?? JSON_TYPE);
      return one.contentType === undefined ? jsonText(answer) : answer;
    },
  });
}

/** Numbers and booleans of a path or query come as text. */
function checked(schema: TSchema, given: unknown): { value: unknown } | { error: Error } {
  const value = Value.Convert(schema, Value.Clone(given ?? undefined));
  const problem = Value.Errors(schema, value).First();
  if (problem === undefined) return { value };
  return { error: new RestError(400, `${problem.path.slice(1) || "the request"}: ${problem.message}.`) };
}

function mustBe(schema: TSchema, given: unknown): unknown {
  const found = checked(schema, given);
  if ("error" in found) throw found.error;
  return found.value;
}

function checkAnswer({ method, path, answer: schema }: Endpoint, answer: unknown): void {
  const problem = Value.Errors(schema, JSON.parse(jsonText(answer))).First();
  if (problem === undefined) return;
  throw new Error(`${method} ${path} answers ${jsonText(problem.value)} at ${problem.path}: ${problem.message}`);
}

/** JSON and nothing else: a form of another site can send text, but not this type, without asking first. */
function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
    if (text === "") return done(null, undefined);
    try {
      return done(null, JSON.parse(text as string));
    } catch {
      return done(new RestError(400, "the body is not JSON."), undefined);
    }
  });
}

function guard(app: FastifyInstance, policy: AccessPolicy): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-content-type-options", "nosniff").header("cache-control", "no-store");
    const { host, origin, authorization } = request.headers;
    const refusal = refusalOf(
      {
        method: request.method,
        path: request.url.replace(/\?.*/s, ""),
        host,
        origin,
        fetchSite: headerOf(request.raw, "sec-fetch-site"),
        authorization,
        isPublic: isFile(request),
      },
      policy,
    );
    if (refusal !== undefined) throw new RestError(refusal.status, refusal.message);
  });
}

/** Only the routes of the dashboard's files are not ours. */
function isFile({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url !== undefined && (routeOptions.config as { isPublic?: boolean }).isPublic === undefined;
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    answerError(reply, 404, `Not found: ${request.method} ${request.url.replace(/\?.*/s, "")}`),
  );
  app.setErrorHandler((error: Error & { readonly statusCode?: number; readonly status?: number }, _request, reply) => {
    const status = error instanceof MillraceError ? statusOf(error) : (error.status ?? error.statusCode ?? 500);
    return answerError(
      reply,
      status,
      error.message,
      status >= 500 && !(error instanceof RestError) ? error.stack : undefined,
    );
  });
}

/** Of an error that an endpoint did not expect. */
function statusOf({ code }: MillraceError): number {
  switch (code) {
    case "CONFIG_INVALID":
      return 400;
    case "CHECKPOINT_NOT_FOUND":
    case "CHECKPOINT_INCOMPLETE":
    case "FILE_NOT_FOUND":
      return 404;
    default:
      return 500;
  }
}

/** In the shape of Flink's errors. */
function answerError(reply: FastifyReply, status: number, message: string, stack?: string): FastifyReply {
  const errors = stack === undefined ? [message] : ["Internal server error.", stack];
  return reply.code(status).header("content-type", JSON_TYPE).send(jsonText({ errors }));
}
