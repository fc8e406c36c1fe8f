/** Longer words are not misspelt names, and would cost time for nothing. */
const longestWord = 100;

/** A word without case and separators, then with each single letter left out. */
function* spellings(word: string): Generator<string> {
  const plain = word.toLowerCase().replace(/[-_.\s]/g, '');
  yield plain;
  for (let index = 0; index < plain.length; index += 1) {
    yield plain.slice(0, index) + plain.slice(index + 1);
  }
}

/**
 * Finds the name that was meant: one letter missing, added, replaced or swapped with its neighbour, or case and
 * separators differ. Two words are that close when leaving out at most one letter of each makes them equal, so an index of
 * such spellings answers without comparing every pair: 10,000 misspelt names among 10,000 stay fast.
 */
export class Suggestions {
  private index: Map<string, string> | undefined;

  constructor(private readonly candidates: readonly string[]) {}

  /** `did you mean "replicas"?`, or nothing when no candidate is close. */
  for(word: string): string | undefined {
    if (word.length > longestWord) return undefined;
    this.index ??= this.build();
    for (const spelling of spellings(word)) {
      const candidate = spelling.length < 2 ? undefined : this.index.get(spelling);
      if (candidate !== undefined && candidate !== word) return `did you mean "${candidate}"?`;
    }
    return undefined;
  }

  private build(): Map<string, string> {
    const index = new Map<string, string>();
    for (const candidate of this.candidates) {
      for (const spelling of spellings(candidate)) {
        if (!index.has(spelling)) index.set(spelling, candidate);
      }
    }
    return index;
  }
}
