import { beforeEach, describe, expect, it } from "vitest";
import { FixedSplitsEnumerator } from "../../connectors/fixed-splits-enumerator.ts";
import type { AnySource } from "../../connectors/source.ts";
import { ManualClock } from "../../core/manual-clock.ts";
import { SourceCoordinator } from "./source-coordinator.ts";

const SPLITS = ["a", "b", "c", "d"];

describe("a reader that restarts alone", () => {
  const sent: [number, readonly unknown[]][] = [];
  let coordinator: SourceCoordinator;

  beforeEach(() => {
    sent.length = 0;
    const source = {
      createEnumerator: (...[context, restored]: Parameters<AnySource<unknown>["createEnumerator"]>) =>
        new FixedSplitsEnumerator(context, () => SPLITS, restored as never),
    } as unknown as AnySource<unknown>;
    const gateway = {
      addSplits: (subtask: number, splits: readonly unknown[]) => sent.push([subtask, splits]),
      noMoreSplits: () => {},
      sendEvent: () => {},
    };
    const place = { name: "letters", parallelism: 2, clock: new ManualClock() };
    coordinator = new SourceCoordinator(source, place, gateway, (error) => {
      throw error;
    });
  });

  it("gets what was handed to it since its checkpoint", () => {
    coordinator.reset(undefined, 0);
    coordinator.readerStarted(0);
    coordinator.resetReader(0, 0);
    coordinator.readerStarted(0);

    expect(sent).toEqual([
      [0, ["a", "c"]],
      [0, ["a", "c"]],
    ]);
  });

  it("gets what was handed to it since the checkpoint that its process has started from", () => {
    coordinator.reset(undefined, 7);
    coordinator.readerStarted(0);
    coordinator.resetReader(0, 7);
    coordinator.readerStarted(0);

    expect(sent).toEqual([
      [0, ["a", "c"]],
      [0, ["a", "c"]],
    ]);
  });

  it("has what was handed to it before its checkpoint from there", () => {
    coordinator.reset(undefined, 0);
    coordinator.readerStarted(0);
    coordinator.snapshot(8);
    coordinator.release();
    coordinator.checkpointCompleted(8);
    coordinator.resetReader(0, 8);
    coordinator.readerStarted(0);

    expect(sent).toEqual([[0, ["a", "c"]]]);
  });
});
