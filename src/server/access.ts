import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { ConfigError } from "../core/errors.ts";

/** Who may ask. */
export interface AccessPolicy {
  /** What `Authorization: Bearer` has to hold; undefined: nothing, which only the loopback address allows. */
  readonly token: string | undefined;
}

/** What of a request decides whether it is answered. */
export interface AccessFacts {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, which browsers send and pages cannot set. */
  readonly fetchSite: string | undefined;
  readonly authorization: string | undefined;
  /** It is for a file of the dashboard, which holds no secret; the page asks for the token and sends it with what it asks. */
  readonly isPublic: boolean;
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

/**
 * Why a request is refused; undefined where it is not. Any page that a browser shows can send requests to this machine, so nothing is
 * answered to pages of elsewhere: not by a foreign name that leads here (DNS rebinding), and not by a form, a picture or a link.
 */
export function refusalOf(facts: AccessFacts, { token }: AccessPolicy): Refusal | undefined {
  const { host, origin, fetchSite } = facts;
  // A name of elsewhere is of no use to who has no token: browsers do not send it by themselves.
  if (token === undefined && !isOwnName(host)) {
    return {
      status: 403,
      message: `the Host header says ${host ?? "nothing"}, which is not this machine. Use localhost or its IP address.`,
    };
  }
  if (origin !== undefined && origin !== "null" && hostOf(origin) !== host) {
    return { status: 403, message: `pages of ${origin} may not ask this server.` };
  }
  const isForeign = origin === "null" || fetchSite === "cross-site" || fetchSite === "same-site";
  const opensDashboard = facts.method === "GET" && facts.path === "/";
  if (isForeign && !opensDashboard) return { status: 403, message: "pages of elsewhere may not ask this server." };
  if (token === undefined || facts.isPublic || isToken(facts.authorization, token)) return undefined;
  return { status: 401, message: "send the header Authorization: Bearer <rest.token>." };
}

/** The environment variable that may hold the token: a command line can be seen by others. */
export const REST_TOKEN_VARIABLE = "MILLRACE_REST_TOKEN";

export function restTokenMissing(address: string): ConfigError {
  return new ConfigError("CONFIG_INVALID", {
    message: `rest.address is ${address}, which others can reach, and no token is set.`,
    advice: `Set the environment variable ${REST_TOKEN_VARIABLE} (or rest.token) to a secret of your own, or leave rest.address at 127.0.0.1.`,
  });
}

/** Whether only this machine can reach an address. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127\.\d+\.\d+\.\d+$/.test(address);
}

/** Somebody else's name cannot be an IP address or `localhost`. */
function isOwnName(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/(.+)$/.exec(origin)?.[1];
}

/** Compares in a time that does not tell how much of it is right. */
function isToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
