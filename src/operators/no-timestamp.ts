import { MillraceError } from "../core/errors.ts";

/** A record without event time has come to an operator by event time, which `does` something with it. */
export function noTimestamp(operatorName: string, does: string): MillraceError {
  return new MillraceError("NO_TIMESTAMP", {
    message: `"${operatorName}" ${does} by event time, and got one without a timestamp.`,
    advice:
      "Give the source timestamps: env.fromSource(source, WatermarkStrategy.forMonotonousTimestamps<Event>().withTimestamps((event) => event.at), name), or the stream .assignTimestampsAndWatermarks(...).",
  });
}
