/** Seconds of prior belief in the estimates: early on they weigh more than what was measured so far. */
const PRIOR_SECONDS = 60;

/**
 * How far a piece of work of many parts is, and how long the rest takes: each part has its estimated seconds, and the
 * pace of what is done corrects the estimate of what is not.
 */
export class Meter {
  private readonly fractions = new Map<string, number>();
  private readonly seconds: Map<string, number>;
  private readonly startedMs: number;
  private shown = 0;

  constructor(
    seconds: ReadonlyMap<string, number>,
    private readonly now: () => number = Date.now,
  ) {
    this.seconds = new Map(seconds);
    this.startedMs = now();
  }

  /** Replaces the estimate of a part, where more is known about it now. */
  weigh(part: string, seconds: number): void {
    if (this.seconds.has(part)) this.seconds.set(part, seconds);
  }

  /** Notes how far a part is, 0 to 1. It never goes back, and a part that nobody announced counts for nothing. */
  report(part: string, fraction: number): void {
    if (!this.seconds.has(part)) return;
    this.fractions.set(part, Math.max(this.fractions.get(part) ?? 0, Math.min(1, fraction)));
  }

  /** How far the whole is. It never goes back, also where a part turns out to be longer than was thought. */
  get fraction(): number {
    this.shown = Math.max(this.shown, this.total === 0 ? 1 : this.done / this.total);
    return this.shown;
  }

  get remainingSeconds(): number {
    const elapsed = (this.now() - this.startedMs) / 1000;
    return ((this.total - this.done) * (elapsed + PRIOR_SECONDS)) / (this.done + PRIOR_SECONDS);
  }

  private get total(): number {
    return [...this.seconds.values()].reduce((sum, value) => sum + value, 0);
  }

  private get done(): number {
    let sum = 0;
    for (const [part, fraction] of this.fractions) sum += fraction * this.seconds.get(part)!;
    return sum;
  }
}
