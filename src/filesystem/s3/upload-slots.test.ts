import { expect, it } from "vitest";
import { UploadSlots } from "./upload-slots.ts";

it("lets so many in at once, and the others in their order as slots come back", async () => {
  const slots = new UploadSlots(2);
  const order: string[] = [];
  const first = await slots.take();
  const second = await slots.take();
  const third = slots.take().then((release) => {
    order.push("third");
    return release;
  });
  const fourth = slots.take().then((release) => {
    order.push("fourth");
    return release;
  });
  expect(order).toEqual([]);

  first();
  await third;
  expect(order).toEqual(["third"]);

  second();
  await fourth;
  expect(order).toEqual(["third", "fourth"]);

  (await third)();
  (await fourth)();
  await slots.take();
});
