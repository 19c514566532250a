/** The page that the address names: everything behind `#`, so that any file server can serve the page. */

export const TABS = ["graph", "checkpoints", "state", "exceptions", "configuration"] as const;
export type Tab = (typeof TABS)[number];

export type Route =
  | { readonly page: "jobs" }
  | {
      readonly page: "job";
      readonly job: string;
      readonly tab: Tab;
      /** What is looked at: a step of the graph, a checkpoint. */
      readonly selected: string | undefined;
      readonly query: URLSearchParams;
    };

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [head, job, tab, selected] = path.split("/").map(decodeURIComponent);
  if (head !== "jobs" || job === undefined || job === "") return { page: "jobs" };
  return {
    page: "job",
    job,
    tab: TABS.find((known) => known === tab) ?? "graph",
    selected: selected === "" ? undefined : selected,
    query: new URLSearchParams(query),
  };
}

export function jobAddress(
  job: string,
  tab: Tab,
  selected?: string | number,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = ["jobs", job, tab, ...(selected === undefined ? [] : [`${selected}`])].map(encodeURIComponent).join("/");
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `#/${path}${given.length === 0 ? "" : `?${new URLSearchParams(given)}`}`;
}
