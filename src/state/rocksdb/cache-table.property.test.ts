import fc from "fast-check";
import { expect, it } from "vitest";
import { CacheTable } from "./cache-table.ts";
import { CachedEntry } from "./cached-entry.ts";

it("holds what a list of entries would, whatever comes and goes", () => {
  // Few hashes, so that entries get in each other's way.
  const step = fc.record({ key: fc.integer({ min: 0, max: 40 }), window: fc.integer({ min: 0, max: 1 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new CacheTable();
      const model = new Map<string, CachedEntry>();
      for (const { key, window } of steps) {
        const name = `${key} ${window}`;
        const bounds = { start: window, end: window + 1 };
        const hash = key % 5;
        const found = table.find(key, { ...bounds }, hash);
        expect(found).toBe(model.get(name));
        if (found === undefined) {
          const entry = new CachedEntry(key, bounds, 0, name, false);
          table.add(entry, hash);
          model.set(name, entry);
        } else {
          expect(table.remove(found, hash)).toBe(true);
          expect(table.remove(found, hash)).toBe(false);
          model.delete(name);
        }
      }
      const seen: CachedEntry[] = [];
      table.forEach((entry) => {
        seen.push(entry);
      });
      const bySlot: CachedEntry[] = [];
      for (let slot = 0; ; slot++) {
        const next = table.nextSlot(slot, 3);
        if (next === -1) break;
        if (next === -2) continue;
        bySlot.push(table.entryAt(next));
        slot = next;
      }
      expect(new Set(seen)).toEqual(new Set(model.values()));
      expect(bySlot).toEqual(seen);
    }),
  );
});
