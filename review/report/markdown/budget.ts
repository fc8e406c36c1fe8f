/** What is shown under one title, and folded away with it. */
export interface Section {
  /** Comes before the entries, and only with at least one of them. */
  readonly head: string;
  /** Each is shown whole or not at all. */
  readonly entries: readonly string[];
  readonly tail: string;
  /** What its entries are, for the sentence that says how many were left out: `warnings`. */
  readonly noun: string;
}

export interface Fitted {
  readonly text: string;
  /** How many entries are left out, by what they are. */
  readonly left: ReadonlyMap<string, number>;
}

/** Writes sections in their order as far as they fit; what comes first has the first claim to the room. */
export function fit(sections: readonly Section[], room: number): Fitted {
  const left = new Map<string, number>();
  let text = '';
  for (const { head, entries, tail, noun } of sections) {
    const shown: string[] = [];
    let used = text.length + head.length + tail.length;
    for (const entry of entries) {
      if (used + entry.length <= room) {
        shown.push(entry);
        used += entry.length;
      } else {
        left.set(noun, (left.get(noun) ?? 0) + 1);
      }
    }
    if (shown.length > 0) text += head + shown.join('') + tail;
  }
  return { text, left };
}
