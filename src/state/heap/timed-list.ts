/** A list whose elements each have the time when they were written. */
export class TimedList {
  readonly elements: unknown[];
  readonly times: number[];

  constructor(elements: unknown[], times: number[]) {
    this.elements = elements;
    this.times = times;
  }

  push(element: unknown, timeMs: number): void {
    this.elements.push(element);
    this.times.push(timeMs);
  }

  /** The elements whose time `keeps`; this list itself where that is all of them. */
  filter(keeps: (timeMs: number) => boolean): TimedList {
    if (this.times.every(keeps)) return this;
    const kept = new TimedList([], []);
    this.times.forEach((timeMs, i) => {
      if (keeps(timeMs)) kept.push(this.elements[i], timeMs);
    });
    return kept;
  }
}
