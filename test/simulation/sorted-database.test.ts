import { expect, it } from "vitest";
import { SortedDatabase } from "./sorted-database.ts";

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

it("gives entries in the order of their keys, as they were when the scan began", () => {
  const database = new SortedDatabase("");
  for (const key of ["c", "a", "b", "z"]) database.put(key, bytes(key.charCodeAt(0)));

  const scan = database.scan("a", "z");
  database.delete("b");
  const found: [string, number][] = [];
  while (scan.next()) found.push([scan.key, scan.value[0]!]);

  expect(found).toEqual([
    ["a", 97],
    ["b", 98],
    ["c", 99],
  ]);
  expect(database.get("b")).toBeUndefined();
});

it("overwrites what it has handed out when it is called again, and keeps what it was given", () => {
  const database = new SortedDatabase("");
  const given = Buffer.from([1]);
  database.put("a", given);
  given[0] = 2;

  const found = database.get("a")!;
  expect(found).toEqual(bytes(1));
  database.get("b");
  expect(found).not.toEqual(bytes(1));
  expect(database.get("a")).toEqual(bytes(1));
});
