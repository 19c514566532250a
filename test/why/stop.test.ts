import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { describe, expect, it } from "vitest";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";
import { quietTests } from "../quiet-tests.ts";
import { RefusingSink } from "./refusing-sink.ts";

describe("a job that could not be stopped with a savepoint", () => {
  const quiet = quietTests();

  it("says what exists, what does not, and goes on (pain 10)", async () => {
    writeFileSync(join(quiet.folder, "a-file"), "");
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.enableCheckpointing(ON_REQUEST_MS);
    env
      .fromSource(
        new DataGeneratorSource({ ratePerSecond: 100, generate: (index) => index }),
        WatermarkStrategy.noWatermarks<number>(),
        "numbers",
      )
      .sinkTo(new RefusingSink("at least once"));
    const job = await env.executeAsync("stopped");
    await job.triggerCheckpoint();

    const stopping = job.stop({ directory: join(quiet.folder, "a-file/savepoints") });

    await expect(stopping).rejects.toThrow(/savepoint 2 of job "stopped" failed while it was being started: .*ENOTDIR/);
    expect(job.status()).toBe("RUNNING");
    const [finding] = (await job.why()).filter(({ severity }) => severity === "error");
    expect(finding?.sentence).toMatch(
      /^savepoint 2 failed: savepoint 2 of job "stopped" failed while it was being started: .*; a restart goes back to checkpoint 1\.$/,
    );
    await job.cancel();
    await expect(job.result()).rejects.toThrow("was cancelled");
  });
});
