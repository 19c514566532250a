/** HDFS: a NameNode and a DataNode of Hadoop, from its Maven packages. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, run, ServerProcess } from "./server-process.mjs";

const VERSION = "3.4.2";
const ARTIFACTS = ["hadoop-common", "hadoop-hdfs", "hadoop-hdfs-client"];

export const hdfs = {
  name: "hdfs",
  needs: [
    {
      command: "java",
      args: ["-version"],
      hint: "Install a Java runtime, 11 or newer (Debian: apt-get install default-jre-headless).",
    },
    { command: "mvn", args: ["-version"], hint: "Install Maven (Debian: apt-get install maven)." },
  ],

  async install(cache) {
    const folder = join(cache, `hadoop-${VERSION}`);
    if (existsSync(folder)) return folder;
    const building = `${folder}.${process.pid}`;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true });
    try {
      const pom = join(building, "pom.xml");
      writeFileSync(pom, projectOf(ARTIFACTS));
      const libraries = `-DoutputDirectory=${join(building, "libs")}`;
      await run("mvn", ["-q", "-B", "-f", pom, "dependency:copy-dependencies", libraries, "-DincludeScope=runtime"]);
      rmSync(folder, { recursive: true, force: true });
      renameSync(building, folder);
    } finally {
      rmSync(building, { recursive: true, force: true });
    }
    return folder;
  },

  async start(installed, folder) {
    const [rpc, web, data, dataWeb, dataIpc] = await freePorts(5);
    const configuration = join(folder, "conf");
    // The packages have no web pages; empty folders are enough for WebHDFS.
    for (const pages of ["hdfs", "datanode"]) mkdirSync(join(configuration, "webapps", pages), { recursive: true });
    writeConfiguration(join(configuration, "core-site.xml"), {
      "fs.defaultFS": `hdfs://127.0.0.1:${rpc}`,
      "hadoop.tmp.dir": join(folder, "tmp"),
    });
    writeConfiguration(join(configuration, "hdfs-site.xml"), {
      "dfs.replication": 1,
      "dfs.namenode.name.dir": `file://${join(folder, "name")}`,
      "dfs.datanode.data.dir": `file://${join(folder, "data")}`,
      "dfs.namenode.http-address": `127.0.0.1:${web}`,
      "dfs.datanode.address": `127.0.0.1:${data}`,
      "dfs.datanode.http.address": `127.0.0.1:${dataWeb}`,
      "dfs.datanode.ipc.address": `127.0.0.1:${dataIpc}`,
      "dfs.datanode.hostname": "127.0.0.1",
      "dfs.permissions.enabled": false,
      "dfs.namenode.datanode.registration.ip-hostname-check": false,
      "dfs.client.block.write.replace-datanode-on-failure.policy": "NEVER",
      "dfs.namenode.safemode.extension": 0,
      // Cutting a file waits for the DataNode's next heartbeat.
      "dfs.heartbeat.interval": 1,
      // What a dead DataNode was writing for us is free again after seconds, and not after a minute; live ones renew more often than that.
      "dfs.namenode.lease-hard-limit-sec": 8,
      "dfs.namenode.lease-recheck-interval-ms": 1000,
      "ipc.client.rpc-timeout.ms": 10_000,
    });
    writeFileSync(
      join(configuration, "log4j.properties"),
      "log4j.rootLogger=WARN,c\nlog4j.appender.c=org.apache.log4j.ConsoleAppender\nlog4j.appender.c.layout=org.apache.log4j.PatternLayout\nlog4j.appender.c.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n\n",
    );
    const java = ["--add-opens", "java.base/java.lang=ALL-UNNAMED", "-Xmx256m"];
    const classes = ["-cp", `${configuration}:${join(installed, "libs")}/*`];
    const nameNode = "org.apache.hadoop.hdfs.server.namenode.NameNode";
    await run("java", [...java, ...classes, nameNode, "-format", "-nonInteractive"]);
    const servers = [
      new ServerProcess("java", [...java, ...classes, nameNode], { log: join(folder, "namenode.log") }),
      new ServerProcess("java", [...java, ...classes, "org.apache.hadoop.hdfs.server.datanode.DataNode"], {
        log: join(folder, "datanode.log"),
      }),
    ];
    const stop = () => Promise.all(servers.map((server) => server.stop()));
    const status = `http://127.0.0.1:${web}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState`;
    const hasDataNode = async () => /"NumLiveDataNodes" : 1/.test(await (await fetch(status)).text());
    const ready = () => Promise.all(servers.map((server) => server.ready(hasDataNode, 120_000)));
    try {
      await ready();
    } catch (error) {
      await stop();
      throw error;
    }
    return {
      environment: {
        MILLRACE_TEST_HDFS: `127.0.0.1:${web}`,
        MILLRACE_TEST_HDFS_RPC: `127.0.0.1:${rpc}`,
        MILLRACE_TEST_HDFS_PROGRAM: installed,
      },
      processes: servers,
      ready,
      stop,
    };
  },
};

function projectOf(artifacts) {
  const dependencies = artifacts.map(
    (artifact) =>
      `<dependency><groupId>org.apache.hadoop</groupId><artifactId>${artifact}</artifactId><version>${VERSION}</version></dependency>`,
  );
  return `<project><modelVersion>4.0.0</modelVersion><groupId>millrace</groupId><artifactId>hdfs</artifactId><version>1</version><packaging>pom</packaging><dependencies>${dependencies.join("")}</dependencies></project>\n`;
}

function writeConfiguration(file, values) {
  const properties = Object.entries(values).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`,
  );
  writeFileSync(file, `<configuration>${properties.join("")}</configuration>\n`);
}
