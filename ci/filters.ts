/** One filter pattern of a workflow as a regular expression: `*` stays in a folder, `**` does not. */
function expression(pattern: string): RegExp {
  const parts = pattern.matchAll(/\*\*\/|\*\*|\*|[?+]|\[[^\]]+\]|\\.|[^]/g);
  const source = Array.from(parts, ([part]) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    // they say how often what stands before them may come, as in regular expressions
    if (part === '?' || part === '+') return part;
    if (part.startsWith('[') && part.length > 1) return part;
    const character = part.length > 1 && part.startsWith('\\') ? part.slice(1) : part;
    return character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`);
}

/**
 * Whether a name is among filter patterns. They are looked at in order: one with `!` takes out what an earlier one let in.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function matches(patterns: readonly string[], name: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) matched &&= !expression(pattern.slice(1)).test(name);
    else matched ||= expression(pattern).test(name);
  }
  return matched;
}
