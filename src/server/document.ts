import { Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { type OpenApiDocument, openApiDocument } from "./open-api.ts";

/** The document of the other endpoints, as one more. */
export function documentEndpoint(others: readonly Endpoint[]): Endpoint {
  let document: OpenApiDocument | undefined;
  return endpoint({
    method: "GET",
    path: "/openapi.json",
    summary: "This document",
    tag: "document",
    answer: Type.Unsafe<OpenApiDocument>(Type.Object({ openapi: Type.String() })),
    handle: () => (document ??= openApiDocument([...others, documentEndpoint([])])),
  });
}
