import pc from 'picocolors';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether to write colours to a stream: to a terminal, or where FORCE_COLOR asks for them, and never with NO_COLOR. A
 * log of a CI run is read as plain text, so CI alone does not.
 */
export function usesColors(stream: { readonly isTTY?: boolean }, environment: Environment = process.env): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '' && FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && TERM !== 'dumb';
}

/** The colours for one stream: `green('ok')`, or the plain text where the stream gets none. */
export function colorsFor(stream: { readonly isTTY?: boolean }): ReturnType<typeof pc.createColors> {
  return pc.createColors(usesColors(stream));
}
