import { MillraceError } from "../../core/errors.ts";

/** A record without event time has come to windows by event time. */
export function noTimestamp(operatorName: string, assignerName: string): MillraceError {
  return new MillraceError("NO_TIMESTAMP", {
    message: `"${operatorName}" puts records into ${assignerName}, by event time, and got one without a timestamp.`,
    advice:
      "Give the source timestamps: env.fromSource(source, WatermarkStrategy.forMonotonousTimestamps<Event>().withTimestamps((event) => event.at), name), or the stream .assignTimestampsAndWatermarks(...).",
  });
}
