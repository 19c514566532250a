/**
 * What every exactly-once sink owes: whatever happens between a write and a commit, what is visible in the end is each record once,
 * and nothing is visible before its checkpoint is complete.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_CHECKPOINT, ScriptedSinkJob, type SinkCheckpoint } from "./scripted-sink-job.ts";
import type { AnySink } from "./sink.ts";

/** The world around a sink, which outlives the processes that write to it. A sink without one has no calls and never dies. */
export interface SinkWorld {
  /** A process starts. It dies at its call number `callsMax` to the outside, if it gets there. */
  startProcess(callsMax?: number): AnySink<string>;
  /** It dies now: nothing that it has under way takes effect any more. */
  killProcess(): void;
  /** Calls that the process has made to the outside. */
  readonly callCount: number;
  visible(): Promise<readonly string[]>;
}

const VALUES = Array.from({ length: 60 }, (_, i) => `record ${i}`);

export function sinkContract(name: string, createWorld: () => SinkWorld): void {
  describe(`${name} keeps the contract of an exactly-once sink`, () => {
    it("shows everything at the end of a job without checkpoints, and nothing before", async () => {
      const world = createWorld();
      const job = new ScriptedSinkJob(world.startProcess(), 2, VALUES);
      await job.start();
      job.write(50);
      expect(await world.visible()).toEqual([]);

      await job.finish();

      expect(sorted(await world.visible())).toEqual(sorted(VALUES));
    });

    it("shows each record once, whatever was restarted, abandoned or rescaled on the way", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step(), { maxLength: 12 }), async (steps) => {
          const world = createWorld();
          let parallelism = 2;
          let job = await startJob(world, parallelism, NO_CHECKPOINT);
          for (const one of steps) {
            switch (one.kind) {
              case "write":
                job.write(one.count);
                break;
              case "checkpoint":
                await job.checkpoint(one.count);
                break;
              case "complete without committing":
                await job.completeCheckpoint(one.count);
                break;
              case "abandon":
                await job.abandonCheckpoint(one.count);
                break;
              case "pass time":
                job.clock.advance(one.count * 10_000);
                break;
              case "restart":
              case "kill":
                if (one.kind === "restart") await job.close();
                world.killProcess();
                parallelism = one.parallelism;
                job = await startJob(world, parallelism, job.latest);
                break;
            }
            await expectOnlyCheckpointed(world, job.latest);
          }

          await job.finish();

          expect(sorted(await world.visible())).toEqual(sorted(VALUES));
        }),
        { numRuns: 60 },
      );
    });

    it("commits what is committed already without any effect", async () => {
      const world = createWorld();
      const job = await startJob(world, 2, NO_CHECKPOINT);
      await job.finish();

      await job.commit();
      await job.commit();

      expect(sorted(await world.visible())).toEqual(sorted(VALUES));
    });
  });
}

/** For sinks that call something outside of the process. */
export function dyingSinkContract(name: string, createWorld: () => SinkWorld): void {
  describe(`${name} survives its process`, () => {
    it("shows each record once when the process dies at any of its calls to the outside", async () => {
      const undisturbed = createWorld();
      await runScript(await startJob(undisturbed, 2, NO_CHECKPOINT));
      expect(sorted(await undisturbed.visible())).toEqual(sorted(VALUES));
      expect(undisturbed.callCount).toBeGreaterThan(10);

      for (let callsMax = 0; callsMax < undisturbed.callCount; callsMax++) {
        const world = createWorld();
        const job = new ScriptedSinkJob(world.startProcess(callsMax), 2, VALUES);
        const run = async (): Promise<void> => {
          await job.start();
          await runScript(job);
        };
        const death = await run().then(
          () => undefined,
          (error: unknown) => error,
        );
        // How often a server is called differs a little from run to run: the call that this process was to die at may never come.
        if (world.callCount <= callsMax) {
          expect(death).toBeUndefined();
          expect(sorted(await world.visible())).toEqual(sorted(VALUES));
          continue;
        }
        expect(death).toBeInstanceOf(Error);
        await expectOnlyCheckpointed(world, job.latest);
        world.killProcess();

        const again = await startJob(world, 3, job.latest);
        await runScript(again);

        expect(sorted(await world.visible())).toEqual(sorted(VALUES));
      }
    });
  });
}

type Step =
  | {
      readonly kind: "write" | "checkpoint" | "complete without committing" | "abandon" | "pass time";
      readonly count: number;
    }
  | { readonly kind: "restart" | "kill"; readonly parallelism: number };

function step(): fc.Arbitrary<Step> {
  return fc.oneof(
    fc.record({
      kind: fc.constantFrom("write", "checkpoint", "complete without committing", "abandon", "pass time"),
      count: fc.integer({ min: 0, max: 12 }),
    }),
    fc.record({ kind: fc.constantFrom("restart", "kill"), parallelism: fc.integer({ min: 1, max: 4 }) }),
  );
}

async function startJob(
  world: SinkWorld,
  parallelism: number,
  checkpoint: SinkCheckpoint,
): Promise<ScriptedSinkJob<string>> {
  const job = new ScriptedSinkJob(world.startProcess(), parallelism, VALUES, checkpoint);
  await job.start();
  return job;
}

/** A run with all that can happen to a file: opened, flushed, rolled, persisted, written to meanwhile, committed. */
async function runScript(job: ScriptedSinkJob<string>): Promise<void> {
  job.write(7);
  await job.checkpoint(5);
  job.write(11);
  await job.abandonCheckpoint(3);
  job.clock.advance(120_000);
  job.write(2);
  await job.checkpoint(4);
  await job.mailbox.deliverAll();
  await job.finish();
}

async function expectOnlyCheckpointed(world: SinkWorld, { position }: SinkCheckpoint): Promise<void> {
  const covered = new Set(VALUES.slice(0, position));
  expect((await world.visible()).filter((value) => !covered.has(value))).toEqual([]);
}

function sorted(values: readonly string[]): string[] {
  return [...values].sort();
}
