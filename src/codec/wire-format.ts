/**
 * How a value is written: a tag, then what the tag calls for. Numbers are little-endian; `uint` is a varint of 7 bits per byte.
 *
 *     0x00..0x3f               the integers 0 to 63
 *     0x40..0x7f  chars        a Latin-1 string of 0 to 63 characters
 *     0x80..0x9f  fields       an object of shape 0 to 31: the values of its fields in the shape's order
 *     SHAPE       id fields    an object of any shape
 *     NEW_SHAPE   id uint names... fields   a shape is defined at its first use (in so many bytes, each name a string),
 *                              and replaces an older one of that id
 *     RECORD      count (name value)...      an object whose fields are spelled out; DICTIONARY: one without a prototype
 *
 * Snapshots contain it: a tag keeps its meaning for ever, new ones are appended.
 */
export const Tag: {
  readonly SMALL_INT_MAX: 0x3f;
  readonly SHORT_STRING: 0x40;
  readonly SHORT_STRING_MAX: 0x3f;
  readonly SMALL_SHAPE: 0x80;
  readonly SMALL_SHAPE_MAX: 0x1f;
  readonly NULL: 0xa0;
  readonly UNDEFINED: 0xa1;
  readonly FALSE: 0xa2;
  readonly TRUE: 0xa3;
  readonly INT16: 0xa4;
  readonly INT32: 0xa5;
  readonly FLOAT64: 0xa6;
  readonly LATIN1: 0xa7;
  readonly UTF16: 0xa8;
  readonly BIGINT: 0xa9;
  readonly NEGATIVE_BIGINT: 0xaa;
  readonly DATE: 0xab;
  readonly ARRAY: 0xac;
  readonly SET: 0xad;
  readonly MAP: 0xae;
  readonly RECORD: 0xaf;
  readonly DICTIONARY: 0xb0;
  readonly SHAPE: 0xb1;
  readonly NEW_SHAPE: 0xb2;
  readonly BYTES: 0xb3;
  readonly TYPED_ARRAY: 0xb4;
  readonly ARRAY_BUFFER: 0xb5;
  readonly DATA_VIEW: 0xb6;
} = {
  SMALL_INT_MAX: 0x3f,
  SHORT_STRING: 0x40,
  SHORT_STRING_MAX: 0x3f,
  SMALL_SHAPE: 0x80,
  SMALL_SHAPE_MAX: 0x1f,
  NULL: 0xa0,
  UNDEFINED: 0xa1,
  FALSE: 0xa2,
  TRUE: 0xa3,
  INT16: 0xa4,
  INT32: 0xa5,
  FLOAT64: 0xa6,
  /** uint count of characters, one byte each */
  LATIN1: 0xa7,
  /** uint count of UTF-16 units, two bytes each */
  UTF16: 0xa8,
  /** uint count of bytes, the magnitude's hexadecimal digits from the high end, two per byte */
  BIGINT: 0xa9,
  NEGATIVE_BIGINT: 0xaa,
  /** float64 milliseconds; NaN for an invalid date */
  DATE: 0xab,
  /** uint count, values; a hole is undefined */
  ARRAY: 0xac,
  SET: 0xad,
  MAP: 0xae,
  RECORD: 0xaf,
  DICTIONARY: 0xb0,
  SHAPE: 0xb1,
  NEW_SHAPE: 0xb2,
  /** uint count of bytes, the bytes */
  BYTES: 0xb3,
  /** a byte: the index in TYPED_ARRAYS; then as BYTES */
  TYPED_ARRAY: 0xb4,
  ARRAY_BUFFER: 0xb5,
  DATA_VIEW: 0xb6,
};

/** Shapes of one stream, of both its writer and its reader; more objects are spelled out, so that ever-new fields cost no memory. */
export const SHAPES_MAX = 256;

/** Shapes that one place in a value (a field, the items of an array) may have. More: the place holds dictionaries. */
export const SHAPES_PER_PLACE_MAX = 32;
