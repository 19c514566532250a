import type { SnapshotChange } from "../snapshots/diff-snapshots.ts";
import { valueJson } from "../snapshots/value-json.ts";
import { placeText } from "./state-selection.ts";

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

/** A change as a line for people. */
export function changeText({
  change,
  what,
  operator,
  state,
  key,
  window,
  slice,
  before,
  after,
}: SnapshotChange): string {
  const parts = [SIGNS[change], operator, ...(state === undefined ? [] : [state])];
  if (what === "entry") {
    const place = placeText({ ...(window && { window }), ...(slice !== undefined && { slice }) });
    parts.push(json(key), ...(place === "" ? [] : [place]));
  } else {
    parts.push(`(${what})`);
  }
  const values = [before, after].filter((value) => value !== undefined).map(what === "type" ? String : json);
  return values.length === 0 ? parts.join(" ") : `${parts.join(" ")}: ${values.join(" → ")}`;
}

/** The same as a line of JSON. */
export function changeJson({ key, before, after, ...change }: SnapshotChange): string {
  return JSON.stringify({
    ...change,
    ...(change.what === "entry" ? { key: valueJson(key) } : {}),
    ...(before === undefined ? {} : { before: valueJson(before) }),
    ...(after === undefined ? {} : { after: valueJson(after) }),
  });
}

function json(value: unknown): string {
  return JSON.stringify(valueJson(value));
}
