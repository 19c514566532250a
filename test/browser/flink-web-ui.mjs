/** Flink's own web page, from its Maven package: pages that know nothing of Millrace. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "2.3.0";
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/millrace-browser/", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
};

/** @returns the folder with its files; throws where it cannot be had. */
export function installFlinkWebUi() {
  const folder = join(CACHE, `flink-web-ui-${VERSION}`);
  if (existsSync(folder)) return join(folder, "web");
  const unpacking = `${folder}.${process.pid}`;
  const { status, error } = spawnSync(
    "mvn",
    [
      "-q",
      "-B",
      "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack",
      `-Dartifact=org.apache.flink:flink-runtime-web:${VERSION}`,
      `-DoutputDirectory=${unpacking}`,
      `-DmarkersDirectory=${unpacking}/markers`,
      "-Dmdep.unpack.includes=web/**",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  if (status !== 0 || !existsSync(join(unpacking, "web/index.html"))) {
    rmSync(unpacking, { recursive: true, force: true });
    const why = error === undefined ? `mvn ended with ${status}` : error.message;
    throw new Error(
      `Flink's web page could not be fetched: ${why}.\n  It needs Maven (Debian: apt-get install maven).`,
    );
  }
  renameSync(unpacking, folder);
  return join(folder, "web");
}

/** Serves the files of `folder`, and asks `server` for everything else, as Flink's job manager does both. */
export async function serveInFrontOf(server, folder) {
  const proxy = createServer(async (incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, "http://proxy");
    const file = join(folder, normalize(pathname === "/" ? "/index.html" : pathname));
    if (file.startsWith(folder) && existsSync(file) && statSync(file).isFile()) {
      outgoing.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream").end(readFileSync(file));
      return;
    }
    try {
      const answer = await fetch(new URL(incoming.url, server), { method: incoming.method });
      outgoing.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      outgoing.writeHead(502).end();
    }
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${proxy.address().port}/`, close: () => proxy.close() };
}
