/**
 * A process that `millrace dev` starts before it needs it: everything but the program is loaded, so that the program is on its way at once.
 * It takes one order, and ends with it.
 */
import { resolve } from "node:path";
import { systemClock } from "../core/system-clock.ts";
import { warmUpCompiler } from "../runtime/host/program-module.ts";
import { startRestServer } from "../server/rest-server.ts";
import { checkUpgrade } from "../snapshots/check-upgrade.ts";
import { openSnapshot } from "../snapshots/snapshot-reader.ts";
import { capturedPlan } from "./captured-plan.ts";
import type { DevAnswer, DevOrder, DevServing } from "./dev-protocol.ts";
import { failureReport } from "./failure-report.ts";
import { runProgram } from "./run-program.ts";
import { upgradeText } from "./upgrade-text.ts";

process.once("message", (order: DevOrder) => void obey(order));
// Whatever `millrace dev` dies of.
process.once("disconnect", () => process.exit());
void preload();

/** What a program, the start of its job and the first look at it load otherwise: more than half a second of work. */
async function preload(): Promise<void> {
  await Promise.all([
    warmUpCompiler(),
    import("../api/stream-execution-environment.ts"),
    import("../runtime/job-execution.ts"),
    import("../server/rest-application.ts"),
    import("../server/endpoints.ts"),
  ]);
}

async function obey(order: DevOrder): Promise<void> {
  if (order.kind === "check") {
    process.send!(await check(order));
    process.exit();
  }
  process.removeAllListeners("disconnect");
  process.once("disconnect", () => process.kill(process.pid, "SIGINT"));
  // A program that has nothing left to do ends.
  process.channel?.unref();
  const { port } = await startRestServer({ port: order.port });
  process.send!({ port } satisfies DevServing);
  await runProgram(order.program, order.args, order.options, systemClock);
}

async function check({ program, args, options, from }: Extract<DevOrder, { kind: "check" }>): Promise<DevAnswer> {
  try {
    const { checkpoint } = await openSnapshot(from);
    const report = checkUpgrade(checkpoint, await capturedPlan(resolve(program), args, options));
    return { kind: "checked", ok: report.ok, text: upgradeText(report, process.cwd()) };
  } catch (error) {
    return { kind: "not-loadable", text: failureReport(error, { verbose: false, cwd: process.cwd() }) };
  }
}
