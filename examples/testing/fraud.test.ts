import { advance, checkpoint, crash, everyCrashPoint, simulate, TestSink, TestSource, upgrade } from "millrace/testing";
import { expect, it } from "vitest";
import "millrace/testing/vitest";
import { type Alert, detectFraud, detectFraudOnce, type Payment } from "./fraud.ts";

const payments = new TestSource<Payment>({ splits: 2 });
const alerts = new TestSink<Alert>();
const late = new TestSink<Payment>();
const ends = { payments, alerts, late };

const pay = (card: string, second: number): Payment => ({ card, cents: 100, atMs: second * 1_000 });
const stolen = [pay("stolen", 1), pay("stolen", 2), pay("honest", 3), pay("stolen", 59)];

it("reports a card that pays three times within a minute, as soon as the minute is over", async () => {
  const run = await simulate((env) => detectFraud(env, ends), [payments.emit(...stolen), payments.split(1).idle()]);
  expect(alerts.uncommitted).toEqual([]);

  // Ten seconds more, for records may come out of order.
  await run.play([payments.emit(pay("other", 70.001))]);
  expect(alerts.uncommitted).toEqual([{ card: "stolen", minute: 0, payments: 3, cents: 300 }]);
});

it("waits for a silent split for two minutes, and no longer", async () => {
  const run = await simulate((env) => detectFraud(env, ends), [payments.emit(...stolen, pay("other", 200))]);
  expect(alerts.uncommitted).toEqual([]);

  await run.play([advance("1m"), payments.emit(pay("other", 201)), advance("61s")]);
  expect(alerts.uncommitted.map(({ card }) => card)).toEqual(["stolen"]);
});

it("puts what comes too late aside", async () => {
  await simulate(
    (env) => detectFraud(env, ends),
    [payments.watermark(60_000), payments.emit(pay("honest", 10)), checkpoint()],
  );

  expect(late).toHaveCommitted([pay("honest", 10)]);
});

it("reports once what it has to, whatever moment the process dies at", async () => {
  const script = [payments.emit(...stolen), checkpoint(), payments.split(1).emit(pay("other", 80))];

  const { points, restored } = await everyCrashPoint((env) => detectFraud(env, ends), script, { every: 2 });

  expect(points).toBeGreaterThan(20);
  expect(restored).toBeGreaterThan(10);
});

it("goes on with its windows in the next version, which reports a card once", async () => {
  const run = await simulate(
    (env) => detectFraud(env, ends),
    [
      payments.emit(...stolen),
      upgrade((env) => detectFraudOnce(env, ends)),
      payments.emit(pay("stolen", 61), pay("stolen", 62), pay("stolen", 63)),
      payments.watermark(120_000),
      crash(),
      checkpoint(),
    ],
  );

  expect(alerts.committed.map(({ card, payments: count }) => `${card} ${count}`)).toEqual(["stolen 3"]);
  expect(await run.state("once", "warned")).toEqual(new Map([["stolen", true]]));
});
