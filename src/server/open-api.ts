import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import type { Endpoint } from "./endpoint.ts";
import { FLINK_VERSION, MILLRACE_VERSION } from "./version.ts";

/** A document of OpenAPI 3.1, as plain JSON. */
export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The shape of every error, which is Flink's. */
const Errors: TObject = Type.Object({ errors: Type.Array(Type.String()) });

const JSON_TYPE = "application/json";

/** What endpoints take and give, from the schemas that they are checked by. */
export function openApiDocument(endpoints: readonly Endpoint[]): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const one of endpoints) {
    const path = one.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: operationOf(one) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Millrace",
      version: MILLRACE_VERSION,
      description: `The monitoring API of Flink ${FLINK_VERSION} over the jobs of one process, and Millrace's own below /millrace.`,
    },
    paths,
  };
}

function operationOf(one: Endpoint): unknown {
  const { method, path, summary, tag, params, query, body, bodyIsOptional = false, refusals = [] } = one;
  const answer = { description: summary, content: contentOf(one.contentType ?? JSON_TYPE, one.answer) };
  const codes = [400, ...refusals].map((code) => [code, refusal(REASONS[code] ?? "refused")]);
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^a-z]+(.)?/gi, (_match, letter = "") => letter.toUpperCase())}`,
    summary,
    tags: [tag],
    parameters: [...parametersOf("path", params), ...parametersOf("query", query)],
    ...(body !== undefined && { requestBody: { required: !bodyIsOptional, content: contentOf(JSON_TYPE, body) } }),
    responses: {
      [one.status ?? 200]: answer,
      ...Object.fromEntries(codes),
      default: refusal("who asks may not, or something else went wrong"),
    },
  };
}

const REASONS: Readonly<Record<number, string>> = {
  400: "the request is not as it should be",
  404: "there is no such thing",
  409: "it is too late for that",
};

function refusal(description: string): unknown {
  return { description, content: contentOf(JSON_TYPE, Errors) };
}

function contentOf(type: string, schema: TSchema): unknown {
  return { [type]: { schema } };
}

function parametersOf(place: "path" | "query", schema: TObject | undefined): readonly unknown[] {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: schema?.required?.includes(name) ?? false,
    schema: property,
  }));
}
