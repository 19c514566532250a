/** What asks our REST API: schemathesis, which sends whatever its document allows, and the command line of a real Flink with its web UI. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./server-process.mjs";

const SCHEMATHESIS = "4.32.5";
const FLINK = "2.3.0";

export const rest = {
  name: "rest",
  needs: [
    {
      command: "python3",
      args: ["-m", "venv", "--help"],
      hint: "Install Python 3 with its venv module (Debian: apt-get install python3-venv).",
    },
    {
      command: "java",
      args: ["-version"],
      hint: "Install a Java runtime, 17 or newer (Debian: apt-get install default-jre-headless).",
    },
    {
      command: "chromium",
      args: ["--version"],
      hint: "Install Chromium, in which Flink's web UI is looked at (Debian: apt-get install chromium).",
    },
    { command: "mvn", args: ["-version"], hint: "Install Maven (Debian: apt-get install maven)." },
  ],

  async install(cache) {
    const [schemathesis, flink] = await Promise.all([
      installOnce(join(cache, `schemathesis-${SCHEMATHESIS}`), async (folder) => {
        await run("python3", ["-m", "venv", folder]);
        const pip = ["-m", "pip", "install", "--quiet", `schemathesis==${SCHEMATHESIS}`];
        await run(join(folder, "bin", "python"), pip);
      }),
      installOnce(join(cache, `flink-${FLINK}`), async (folder) => {
        mkdirSync(folder, { recursive: true });
        const pom = join(folder, "pom.xml");
        writeFileSync(pom, PROJECT);
        const libraries = `-DoutputDirectory=${join(folder, "libs")}`;
        await run("mvn", ["-q", "-B", "-f", pom, "dependency:copy-dependencies", libraries, "-DincludeScope=runtime"]);
        const pages = join(folder, "libs", `flink-runtime-web-${FLINK}.jar`);
        await run("python3", ["-m", "zipfile", "-e", pages, join(folder, "pages")]);
        mkdirSync(join(folder, "conf"));
        writeFileSync(join(folder, "conf/config.yaml"), "rest.address: localhost\n");
      }),
    ]);
    if (!existsSync(join(flink, "pages/web/index.html"))) {
      throw new Error(`Flink's web UI is missing in ${flink}: remove that folder and run this again.`);
    }
    return { schemathesis, flink };
  },

  async start({ schemathesis, flink }) {
    return {
      environment: {
        // A virtual environment does not bear being moved; its Python does.
        MILLRACE_TEST_SCHEMATHESIS: join(schemathesis, "bin/python"),
        MILLRACE_TEST_FLINK: flink,
      },
      stop: async () => {},
    };
  },
};

/** Makes `folder` completely or not at all. */
async function installOnce(folder, install) {
  if (existsSync(folder)) return folder;
  const building = `${folder}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  try {
    await install(building);
    renameSync(building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return folder;
}

/** `flink` is a script that starts a class of flink-clients; a whole distribution would be four times as large. */
const PROJECT = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>millrace</groupId><artifactId>flink-clients-for-tests</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-clients</artifactId><version>${FLINK}</version></dependency>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-runtime-web</artifactId><version>${FLINK}</version></dependency>
  </dependencies>
</project>
`;
