import type { Schema } from "../../codec/schema.ts";
import { ValueReader } from "../../codec/value-reader.ts";
import { ValueWriter } from "../../codec/value-writer.ts";
import { checkElement, checkedElements } from "../checked-elements.ts";
import type { ListState } from "../descriptors.ts";
import type { Migration } from "../keyed-states.ts";

/** A list that belongs to a subtask. Each element is an item of its own in a snapshot, so that a rescale can deal them out. */
export class OperatorList<T> implements ListState<T> {
  readonly mode: "split" | "union";
  readonly #name: string;
  readonly #declared: Schema | undefined;
  #elements: T[] = [];

  constructor(name: string, mode: "split" | "union", declared: Schema | undefined) {
    this.#name = name;
    this.mode = mode;
    this.#declared = declared;
  }

  get(): readonly T[] {
    return this.#elements;
  }

  add(element: T): void {
    checkElement(element, this.#name);
    this.#elements.push(element);
  }

  addAll(elements: Iterable<T>): void {
    for (const element of checkedElements(elements, this.#name)) this.#elements.push(element);
  }

  update(elements: Iterable<T>): void {
    this.#elements = checkedElements(elements, this.#name);
  }

  clear(): void {
    this.#elements = [];
  }

  load(items: readonly Uint8Array[], migrate: Migration | undefined): void {
    for (const item of items) {
      const saved = new ValueReader(item).read();
      const element = migrate === undefined ? saved : migrate(saved);
      if (element !== null && element !== undefined) this.#elements.push(element as T);
    }
  }

  save(): { readonly schema: Schema; readonly items: readonly Uint8Array[] } {
    const writer = new ValueWriter(this.#declared);
    const items = this.#elements.map((element) => {
      writer.restart();
      writer.write(element);
      return writer.take();
    });
    return { schema: writer.learnedSchema(), items };
  }
}
