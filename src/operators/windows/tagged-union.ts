/** A record of one of two streams that share windows. */
export type TaggedUnion<T, U> = { readonly one: T } | { readonly two: U };
