package nexmark;

/** The 32-bit integer arithmetic that both the events and the checksums are made of. */
final class Mixing {
  private Mixing() {}

  /** Murmur3's finaliser: every bit of {@code h} touches every bit of the result. */
  static int fmix32(int h) {
    h ^= h >>> 16;
    h *= 0x85ebca6b;
    h ^= h >>> 13;
    h *= 0xc2b2ae35;
    return h ^ (h >>> 16);
  }

  /** A number in [0, n) from 32 random bits. */
  static int pick(int x, int n) {
    return (x >>> 1) % n;
  }
}
