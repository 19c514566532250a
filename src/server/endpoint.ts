import type { Static, TSchema, TUnknown } from "@sinclair/typebox";
import type { Cluster } from "./cluster.ts";

/** What an endpoint is asked; checked by its schemas. */
export interface RestRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** One method on one path: its schemas check what comes in, say what goes out, and are the document at `/openapi.json`. */
export interface EndpointOf<P extends TSchema, Q extends TSchema, B extends TSchema, A extends TSchema> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** "/jobs/:jobid"; the same is served below `/v1`. */
  readonly path: string;
  /** One line of the document. */
  readonly summary: string;
  /** Heading of the document that it stands below. */
  readonly tag: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Whether a request without a body is taken too. Default: there has to be one where there is a schema. */
  readonly bodyIsOptional?: boolean;
  readonly answer: A;
  /** Default `application/json; charset=UTF-8`. With another one `handle` gives the text itself. */
  readonly contentType?: string;
  /** Default 200. */
  readonly status?: 200 | 202;
  /** Status codes of refusals that the document names, besides 400. */
  readonly refusals?: readonly number[];
  handle(request: RestRequest<Static<P>, Static<Q>, Static<B>>, cluster: Cluster): Static<A> | Promise<Static<A>>;
}

export type Endpoint = EndpointOf<any, any, any, any>;

/** Has the types of a request and of its answer follow from the schemas. */
export function endpoint<
  A extends TSchema,
  P extends TSchema = TUnknown,
  Q extends TSchema = TUnknown,
  B extends TSchema = TUnknown,
>(one: EndpointOf<P, Q, B, A>): Endpoint {
  return one;
}
