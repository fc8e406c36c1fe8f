import { Suggestions } from './suggest';
import { type Fault, listed, show } from './violation';

/** Where a value stands in its file, and where its faults are told. */
export class Place {
  constructor(
    private readonly tell: (field: string, fault: Fault) => void,
    readonly field = '',
  ) {}

  refuse(fault: Fault): void {
    this.tell(this.field, fault);
  }

  at(key: string | number): Place {
    if (typeof key === 'number') return new Place(this.tell, `${this.field}[${key}]`);
    if (!/^[A-Za-z_][\w-]*$/.test(key)) return new Place(this.tell, `${this.field}[${show(key)}]`);
    return new Place(this.tell, this.field === '' ? key : `${this.field}.${key}`);
  }

  /** The same place, telling nothing: for the parts of what is refused as a whole. */
  silent(): Place {
    return new Place(() => undefined, this.field);
  }
}

/**
 * Reads unknown data as a `T`. Each fault is told once, where it is; what is returned always has the type, though not
 * always a sensible value (a wrong text stays, anything else becomes empty), so that the other rules can go on.
 */
export interface Shape<T> {
  /** What is allowed, for messages. */
  readonly allowed: string;
  read(value: unknown, place: Place): T;
}

type Shapes = Readonly<Record<string, Shape<unknown>>>;
type Read<S> = S extends Shape<infer T> ? T : never;

export interface TextRule {
  /** With its article: `a DNS label`. */
  readonly what: string;
  readonly allowed: string;
  readonly valid: (value: string) => boolean;
  /** What was probably meant; proposed only where it is valid. */
  readonly nearest?: (value: string) => string | undefined;
  /** The edit that mends this value, where it is more than another text. */
  readonly repair?: (value: string) => string | undefined;
}

/** Longer texts are no misspelt names. */
const longestName = 300;

/** A text that obeys a rule. */
export function text<T extends string = string>(rule: TextRule): Shape<T> {
  const { what, allowed, valid } = rule;
  return {
    allowed,
    read(value, place) {
      if (typeof value === 'string') {
        if (!valid(value)) {
          const nearest = value.length > longestName ? undefined : rule.nearest?.(value);
          const meant = nearest !== undefined && nearest !== value && valid(nearest);
          const repair = meant ? `did you mean "${nearest}"?` : rule.repair?.(value);
          place.refuse({ problem: `${show(value)} is not ${what}`, allowed, ...(repair && { repair }) });
        }
        return value as T;
      }
      const unquoted = (typeof value === 'number' || typeof value === 'boolean') && valid(String(value));
      place.refuse({
        problem: `${show(value)} is not a text`,
        allowed,
        ...(unquoted && { repair: 'write it in quotes' }),
      });
      return '' as T;
    },
  };
}

/** A whole number within bounds. */
export function wholeNumber(what: string, minimum: number, maximum: number): Shape<number> {
  const allowed = `a whole number from ${minimum} to ${maximum}`;
  const valid = (value: unknown): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum;
  return {
    allowed,
    read(value, place) {
      if (valid(value)) return value;
      const quoted = typeof value === 'string' && value.trim() !== '' && valid(Number(value));
      place.refuse({
        problem: `${show(value)} is not ${what}`,
        allowed,
        ...(quoted && { repair: 'write it without quotes' }),
      });
      return Number.NaN;
    },
  };
}

/** One of a closed set of values. */
export function oneOf<const T extends string | boolean | number>(what: string, values: readonly T[]): Shape<T> {
  const allowed = values.map((value) => JSON.stringify(value)).join(', ');
  const suggestions = new Suggestions(values.filter((value) => typeof value === 'string'));
  return {
    allowed,
    read(value, place) {
      if (values.includes(value as T)) return value as T;
      const repair = typeof value === 'string' ? suggestions.for(value) : undefined;
      place.refuse({ problem: `${show(value)} is not ${what}`, allowed, ...(repair && { repair }) });
      return values[0]!;
    },
  };
}

/** A list whose items have one shape. @param minimum the fewest items. @default 0 */
export function listOf<T>(what: string, item: Shape<T>, minimum = 0): Shape<readonly T[]> {
  const allowed = `a list of ${what}`;
  return {
    allowed,
    read(value, place) {
      if (!Array.isArray(value)) {
        place.refuse({ problem: `${show(value)} is not a list`, allowed });
        return [];
      }
      if (value.length < minimum) place.refuse({ problem: 'is empty', allowed: `${allowed}, at least ${minimum}` });
      // Array.from also visits holes
      return Array.from(value as readonly unknown[], (entry, index) => item.read(entry, place.at(index)));
    },
  };
}

/** An object of any kind, but no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with keys of the writer's choice. */
export function recordOf<K extends string, T>(
  what: string,
  key: Shape<K>,
  item: Shape<T>,
): Shape<Readonly<Record<K, T>>> {
  const allowed = `an object of ${what}`;
  return {
    allowed,
    read(value, place) {
      if (!isRecord(value)) {
        place.refuse({ problem: `${show(value)} is not an object`, allowed });
        return {} as Record<K, T>;
      }
      // fromEntries defines own properties: a key `__proto__` stays a key
      return Object.fromEntries(
        Object.entries(value).map(([name, entry]) => [
          key.read(name, place.at(name)),
          item.read(entry, place.at(name)),
        ]),
      ) as Record<K, T>;
    },
  };
}

/** An object with known keys: `required` must be there, `optional` may be left out or undefined; no others. */
export function object<R extends Shapes, O extends Shapes>(
  what: string,
  required: R,
  optional: O,
): Shape<{ readonly [K in keyof R]: Read<R[K]> } & { readonly [K in keyof O]?: Read<O[K]> }> {
  const names = [...Object.keys(required), ...Object.keys(optional)];
  const suggestions = new Suggestions(names);
  const allowed = `${what} with ${names.join(', ')}`;
  type Result = { readonly [K in keyof R]: Read<R[K]> } & { readonly [K in keyof O]?: Read<O[K]> };

  function readFields(value: Readonly<Record<string, unknown>>, place: Place): Result {
    const result: Record<string, unknown> = {};
    for (const [name, shape] of Object.entries(required)) {
      const entry = Object.hasOwn(value, name) ? value[name] : undefined;
      if (entry === undefined) place.at(name).refuse({ problem: 'is missing', allowed: shape.allowed });
      result[name] = shape.read(entry, entry === undefined ? place.silent() : place.at(name));
    }
    for (const [name, shape] of Object.entries(optional)) {
      const entry = Object.hasOwn(value, name) ? value[name] : undefined;
      if (entry !== undefined) result[name] = shape.read(entry, place.at(name));
    }
    return result as Result;
  }

  return {
    allowed,
    read(value, place) {
      if (!isRecord(value)) {
        place.refuse({ problem: `${show(value)} is not ${what}`, allowed });
        return readFields({}, place.silent());
      }
      for (const name of Object.keys(value)) {
        if (Object.hasOwn(required, name) || Object.hasOwn(optional, name)) continue;
        const repair = suggestions.for(name) ?? 'remove it';
        place.at(name).refuse({ problem: `is not a key of ${what}`, allowed: listed(names, names.length), repair });
      }
      return readFields(value, place);
    },
  };
}

/** An object whose `key` says which of several shapes it has; where it says none of them, the first is read. */
export function variantOf<const K extends string, V extends Shapes>(
  what: string,
  key: K,
  variants: V,
): Shape<{ readonly [N in keyof V & string]: Read<V[N]> & { readonly [P in K]: N } }[keyof V & string]> {
  const names = Object.keys(variants);
  const chooser = oneOf(what, names);
  type Result = { readonly [N in keyof V & string]: Read<V[N]> & { readonly [P in K]: N } }[keyof V & string];
  return {
    allowed: names.map((name) => `${what} "${name}": ${variants[name]!.allowed}`).join('; '),
    read(value, place) {
      const chosen = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
      const known = names.includes(chosen as string);
      if (!isRecord(value) || known || chosen === undefined) {
        return variants[known ? (chosen as string) : names[0]!]!.read(value, place) as Result;
      }
      chooser.read(chosen, place.at(key));
      // what belongs to the misspelt one is not judged by the rules of another
      return variants[names[0]!]!.read({ ...value, [key]: names[0] }, place.silent()) as Result;
    },
  };
}
