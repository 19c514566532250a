/** Prometheus as Debian packages it, unpacked beside the tests instead of installed. What it scrapes each second stands in a file. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, run, ServerProcess } from "./server-process.mjs";

export const prometheus = {
  name: "prometheus",
  needs: [
    {
      command: "apt-get",
      args: ["--version"],
      hint: "The package comes from Debian's archive: run this on Debian, after apt-get update.",
    },
    { command: "dpkg-deb", args: ["--version"], hint: "Install dpkg." },
  ],

  async install(cache) {
    const folder = join(cache, "prometheus");
    const program = join(folder, "usr/bin/prometheus");
    if (existsSync(program)) return program;
    const building = `${folder}.${process.pid}`;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true });
    try {
      await run("apt-get", ["download", "--quiet", "prometheus"], { cwd: building });
      const archive = readdirSync(building).find((name) => name.endsWith(".deb"));
      await run("dpkg-deb", ["--extract", archive, "."], { cwd: building });
      rmSync(join(building, archive));
      rmSync(folder, { recursive: true, force: true });
      renameSync(building, folder);
    } finally {
      rmSync(building, { recursive: true, force: true });
    }
    return program;
  },

  async start(program, folder) {
    const targets = join(folder, "targets.json");
    const config = join(folder, "prometheus.yml");
    writeFileSync(targets, "[]");
    writeFileSync(
      config,
      `global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: millrace\n    file_sd_configs: [{ files: [${JSON.stringify(targets)}] }]\n`,
    );
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const server = new ServerProcess(
      program,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { log: join(folder, "log") },
    );
    await server.ready(async () => (await fetch(`${url}/-/ready`)).ok, 30_000);
    return {
      environment: { MILLRACE_TEST_PROMETHEUS: url, MILLRACE_TEST_PROMETHEUS_TARGETS: targets },
      stop: () => server.stop(),
    };
  },
};
