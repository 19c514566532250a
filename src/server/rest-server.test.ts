import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { type RestServer, startRestServer } from "./rest-server.ts";

const servers: RestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: Parameters<typeof startRestServer>[0]): Promise<RestServer> {
  const server = await startRestServer({ jobs: [], checkAnswers: true, ...options });
  servers.push(server);
  return server;
}

describe("the server", () => {
  it("answers with and without a version before the path, and in the shape of errors where it cannot", async () => {
    const { url } = await start({ port: 0 });

    for (const path of ["/jobs", "/v1/jobs"]) {
      const response = await fetch(url + path);
      expect(await response.json()).toEqual({ jobs: [] });
      expect(response.headers.get("content-type")).toBe("application/json; charset=UTF-8");
    }
    for (const [path, status] of [
      ["/nope", 404],
      ["/jobs/zzz", 400],
      [`/jobs/${"z".repeat(9_000)}`, 400],
      ["/jobs/%zz", 400],
      ["/v1", 404],
    ] as const) {
      const response = await fetch(url + path);
      expect({ path: path.slice(0, 20), status: response.status }).toEqual({ path: path.slice(0, 20), status });
      expect(await response.json()).toEqual({ errors: [expect.any(String)] });
    }
  });

  it("takes the next port where the first is taken", async () => {
    const first = await start({ port: 0 });

    const second = await start({ port: first.port });

    expect(second.port).toBeGreaterThan(first.port);
    expect((await fetch(`${second.url}/jobs`)).status).toBe(200);
  });

  it("does not listen where others could reach it without a token", async () => {
    await expect(startRestServer({ port: 0, address: "0.0.0.0" })).rejects.toThrow("no token is set");

    const { port } = await start({ port: 0, address: "0.0.0.0", token: "secret" });
    const url = `http://127.0.0.1:${port}/jobs`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: "Bearer secret" } })).status).toBe(200);
  });

  it("refuses foreign names and pages, also before a path is known", async () => {
    const { port } = await start({ port: 0 });

    expect(await statusOf(port, "/jobs", { host: "evil.example" })).toBe(403);
    expect(await statusOf(port, "/nope", { host: "evil.example" })).toBe(403);
    expect(await statusOf(port, "/jobs", { origin: "https://evil.example" })).toBe(403);
    expect(await statusOf(port, "/jobs", {})).toBe(200);
  });

  it("takes small JSON, and nothing else", async () => {
    const { url } = await start({ port: 0 });
    const path = `${url}/jobs/${"0".repeat(32)}/savepoints`;
    const post = async (body: string, type: string): Promise<number> =>
      (await fetch(path, { method: "POST", body, headers: { "content-type": type } })).status;
    const body = JSON.stringify({ "target-directory": "file:///tmp/savepoints" });

    expect(await post(body, "application/json; charset=UTF-8")).toBe(202);
    expect(await post(body, "text/plain")).toBe(415);
    expect(await post("{", "application/json")).toBe(400);
    expect(await post("", "application/json")).toBe(400);
    expect(await post(JSON.stringify({ ["x".repeat(70_000)]: 1 }), "application/json")).toBe(413);
  });

  it("ignores the body of a GET, which Flink's command line sends", async () => {
    const { port } = await start({ port: 0 });
    const headers = { "content-type": "application/json; charset=UTF-8", "content-length": "2" };

    expect(await statusOf(port, "/v1/jobs/overview", headers, "{}")).toBe(200);
  });

  it("documents every path that it serves, with all its parameters", async () => {
    const { url } = await start({ port: 0 });

    const { openapi, paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>;
    };

    expect(openapi).toBe("3.1.0");
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(["/jobs/{jobid}", "/openapi.json", "/millrace/jobs/{jobid}/state"]),
    );
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    expect(operations.length).toBeGreaterThan(70);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const undocumented = operations.filter(({ path, parameters }) => {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const documented = parameters.filter((one) => one.in === "path").map(({ name }) => name);
      return String(named) !== String(documented);
    });
    expect(undocumented).toEqual([]);
  });
});

/** Of a request with headers that `fetch` does not let one set. */
function statusOf(port: number, path: string, headers: Record<string, string>, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
