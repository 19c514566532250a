package nexmark;

import java.io.Serializable;

/** Hashes a result record, field by field. Functions only: a state of 32 bits goes in, and comes out. */
interface RecordHash<R> extends Serializable {
  int EMPTY = 0;

  int hash(R result, boolean full);

  static int number(int hash, long value) {
    return mix(mix(hash, (int) value), (int) (value >>> 32));
  }

  /** {@code full} takes every character, for verification; otherwise three of them, for measuring throughput. */
  static int string(int hash, String text, boolean full) {
    int length = text.length();
    hash = mix(hash, length);
    if (full) {
      for (int c = 0; c < length; c++) hash = (hash ^ text.charAt(c)) * 0x01000193;
      return hash;
    }
    if (length == 0) return hash;
    return mix(hash, (text.charAt(0) << 16) ^ (text.charAt(length >>> 1) << 8) ^ text.charAt(length - 1));
  }

  private static int mix(int hash, int k) {
    k *= 0xcc9e2d51;
    k = Integer.rotateLeft(k, 15);
    k *= 0x1b873593;
    hash ^= k;
    hash = Integer.rotateLeft(hash, 13);
    return hash * 5 + 0xe6546b64;
  }
}
