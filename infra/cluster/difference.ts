/** What a cluster was made with and what is asked for now, where they differ. @param made as JSON */
export function differenceFrom(made: string, asked: Readonly<Record<string, unknown>>): string | undefined {
  const changes = differences('', JSON.parse(made), JSON.parse(JSON.stringify(asked)));
  return changes.length === 0 ? undefined : changes.join('; ');
}

/** The innermost settings that differ, each with its path. */
function differences(path: string, made: unknown, asked: unknown): readonly string[] {
  if (!isRecord(made) || !isRecord(asked)) {
    if (JSON.stringify(made) === JSON.stringify(asked)) return [];
    const show = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));
    return [`${path} was ${show(made)} and is now ${show(asked)}`];
  }
  return [...new Set([...Object.keys(made), ...Object.keys(asked)])].flatMap((key) =>
    differences(path === '' ? key : `${path}.${key}`, made[key], asked[key]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
