import { posix } from "node:path";

/** WebHDFS of a NameNode, where nothing else is configured. */
const PORT_DEFAULT = "9870";

/** A file or folder of a cluster. */
export interface HdfsPlace {
  /** As the URI names it: one NameNode or, where several can take over from each other, all of them with commas between. */
  readonly authority: string;
  /** Within the cluster. */
  readonly path: string;
}

/** What `/namenode:9870/flights/a` names: the first part is the URI's authority. */
export function placeAt(path: string): HdfsPlace {
  const slash = path.indexOf("/", 1);
  return slash === -1
    ? { authority: path.slice(1), path: "/" }
    : { authority: path.slice(1, slash), path: path.slice(slash) };
}

export function pathOf({ authority, path }: HdfsPlace): string {
  return path === "/" ? `/${authority}` : `/${authority}${path}`;
}

export function childOf(place: HdfsPlace, name: string): string {
  return pathOf({ authority: place.authority, path: posix.join(place.path, name) });
}

/** The base URLs of WebHDFS that an authority names. */
export function nameNodesOf(authority: string): string[] {
  return authority
    .split(",")
    .filter((host) => host !== "")
    .map((host) => `http://${/:\d+$/.test(host) ? host : `${host}:${PORT_DEFAULT}`}/webhdfs/v1`);
}
