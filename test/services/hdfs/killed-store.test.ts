import { setTimeout as sleep } from "node:timers/promises";
import { resolveUri } from "../../../src/filesystem/resolve.ts";
import { describeKilledStore, type KillableStore, type StoreKill } from "../killed-store.contract.ts";
import { hdfs } from "../servers/hdfs.mjs";
import { PROGRAM } from "./hdfs-server.ts";

describeKilledStore("HDFS", async (folder): Promise<KillableStore> => {
  const server = await hdfs.start(PROGRAM, folder);
  const [nameNode, dataNode] = server.processes;
  const uri = `hdfs://${server.environment["MILLRACE_TEST_HDFS"]}/killed-store`;
  const kill = (at: string, victims: StoreKill["victims"], afterMs: number): StoreKill => ({
    at: `${at} ${afterMs} ms after a checkpoint`,
    victims,
    moment: () => sleep(afterMs),
  });
  return {
    server,
    job: { uri, configuration: {} },
    place: resolveUri(uri),
    kills: [
      kill("the DataNode", [dataNode!], 20),
      kill("the NameNode", [nameNode!], 60),
      kill("both", [nameNode!, dataNode!], 120),
    ],
  };
});
