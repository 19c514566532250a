import type { ServerKind } from "./server-process.d.mts";

/** Its processes are the NameNode and the DataNode. */
export declare const hdfs: ServerKind;
