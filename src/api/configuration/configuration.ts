import type { ConfigValue } from "./config-values.ts";

/**
 * Settings by key, in Flink's names.
 *
 * @example
 * const configuration = new Configuration()
 *   .set("execution.checkpointing.interval", "10 s")
 *   .set("execution.checkpointing.dir", "file:///var/lib/flights");
 * const env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
 */
export class Configuration {
  readonly #values: Map<string, ConfigValue>;

  constructor(values: Readonly<Record<string, ConfigValue>> = {}) {
    this.#values = new Map(Object.entries(values));
  }

  set(key: string, value: ConfigValue): this {
    this.#values.set(key, value);
    return this;
  }

  get(key: string): ConfigValue | undefined {
    return this.#values.get(key);
  }

  toRecord(): Record<string, ConfigValue> {
    return Object.fromEntries(this.#values);
  }
}
