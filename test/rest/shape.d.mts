/** Every path of a JSON value with the types that are found there. */
export declare function shapeOf(value: unknown): Record<string, string>;
