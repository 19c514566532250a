import type { ServerKind } from "./server-process.d.mts";

export declare const seaweedfs: ServerKind;
