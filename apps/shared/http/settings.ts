/** Turns one environment variable into a value. Throws an Error that says what is wrong and how to repair it. */
export type Reader<T> = (value: string | undefined) => T;

export type Readers = Readonly<Record<string, Reader<unknown>>>;

/** The values of readers, under the names of the environment variables. */
export type Settings<R extends Readers> = { readonly [Name in keyof R]: ReturnType<R[Name]> };

/** All that is wrong with the environment, one `NAME: problem` each. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`bad configuration: ${problems.join('; ')}`);
  }
}

/**
 * Reads every setting before it complains about any, so that one restart is enough to repair them all. A variable that
 * is set but empty counts as missing, because that is what an unset value in a manifest turns into.
 */
export function readSettings<R extends Readers>(environment: NodeJS.ProcessEnv, readers: R): Settings<R> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readers)) {
    try {
      values[name] = read(environment[name] || undefined);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Settings<R>;
}

/** Any text; missing is an error. `example` is shown in it. */
export function text(example: string): Reader<string> {
  return (value) => value ?? missing(example);
}

/** A whole number in a range, written in decimal digits; `fallback` when missing. */
export function wholeNumber(minimum: number, maximum: number, fallback: number): Reader<number> {
  return (value) => {
    if (value === undefined) return fallback;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= minimum && number <= maximum) return number;
    throw new Error(`"${value}" is not a whole number from ${minimum} to ${maximum}; set one, such as ${fallback}`);
  };
}

/** One of a closed set of words; `fallback` when missing. */
export function oneOf<const T extends string>(allowed: readonly T[], fallback: NoInfer<T>): Reader<T> {
  return (value) => {
    const chosen = allowed.find((word) => word === (value ?? fallback));
    if (chosen === undefined) throw new Error(`"${value}" is not allowed; set one of ${allowed.join(', ')}`);
    return chosen;
  };
}

/** The base URL of another service, http or https, without a trailing slash; missing is an error. */
export function serviceUrl(example: string): Reader<string> {
  return (value) => {
    const given = value ?? missing(example);
    if (!URL.canParse(given)) throw new Error(`"${given}" is not a URL; set one, such as ${example}`);
    const url = new URL(given);
    if (!['http:', 'https:'].includes(url.protocol) || url.search || url.hash || url.username || url.password) {
      throw new Error(`only http(s)://host:port/path is allowed, with no user, query or fragment; such as ${example}`);
    }
    return given.replace(/\/+$/, '');
  };
}

function missing(example: string): never {
  throw new Error(`missing; set it, such as ${example}`);
}
