/** Something that keeps entries in memory which are, or can be written, in its database. */
export interface CacheMember {
  readonly cachedBytes: number;
  /** Lets about `bytes` go, where it can. */
  evict(bytes: number): void;
}

/** After an eviction this part of the budget is in use, so that not every access evicts. */
const USED_AFTER = 0.9;

/** The memory that all caches of a thread share. Who has most gives first. */
export class CacheBudget {
  bytesMax: number;
  used = 0;
  readonly #members = new Set<CacheMember>();

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  join(member: CacheMember): void {
    this.#members.add(member);
  }

  leave(member: CacheMember): void {
    this.#members.delete(member);
    this.used -= member.cachedBytes;
  }

  /** Called when more is in use than may be. */
  relieve(): void {
    const largestFirst = [...this.#members].sort((a, b) => b.cachedBytes - a.cachedBytes);
    for (const member of largestFirst) {
      const tooMuch = this.used - USED_AFTER * this.bytesMax;
      if (tooMuch <= 0) return;
      member.evict(tooMuch);
    }
  }
}

const budgets = new Map<number, CacheBudget>();

/** The budget of this thread for jobs that allow that many bytes. */
export function budgetOfThread(bytesMax: number): CacheBudget {
  const known = budgets.get(bytesMax);
  if (known !== undefined) return known;
  const budget = new CacheBudget(bytesMax);
  budgets.set(bytesMax, budget);
  return budget;
}
