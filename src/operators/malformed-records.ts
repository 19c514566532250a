import type { MalformedRecord } from "../connectors/source.ts";
import { OutputTag } from "./operator.ts";

/** The side output of a source for what could not be read, where the source was told to send it there. */
export const MALFORMED_RECORDS: OutputTag<MalformedRecord> = new OutputTag("malformed-records");
