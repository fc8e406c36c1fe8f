import { parseQuantity } from '../../review/diff/quantity';

/** Fields that the API server takes and never shows, or writes itself. */
const notKept = new Set(['stringData', 'status', 'metadata.managedFields', 'metadata.creationTimestamp']);

/**
 * Paths of what a manifest says that the API server's object does not: fields that it dropped or wrote in other words. Its
 * own defaults are no difference, except inside of lists of kinds that are not built in, which are compared whole.
 */
export function differences(manifest: unknown, live: unknown, builtIn: boolean): readonly string[] {
  return [...compare(manifest, live, '', { builtIn, inList: false })];
}

interface Where {
  readonly builtIn: boolean;
  readonly inList: boolean;
}

function* compare(wanted: unknown, live: unknown, path: string, where: Where): Generator<string> {
  if (notKept.has(path) || isSame(wanted, live)) return;
  if (isEmpty(wanted, where) && (live === undefined || live === null)) return;
  if (Array.isArray(wanted) && Array.isArray(live)) {
    if (wanted.length !== live.length) yield path;
    else {
      for (const [index, item] of wanted.entries()) {
        yield* compare(item, live[index], `${path}[${index}]`, { ...where, inList: true });
      }
    }
    return;
  }
  if (!isRecord(wanted) || !isRecord(live)) {
    yield path;
    return;
  }
  for (const [key, value] of Object.entries(wanted)) {
    yield* compare(value, live[key], path === '' ? key : `${path}.${key}`, where);
  }
  if (!where.inList || where.builtIn) return;
  for (const key of Object.keys(live)) if (!Object.hasOwn(wanted, key)) yield `${path}.${key}`;
}

function isSame(wanted: unknown, live: unknown): boolean {
  if (wanted === live) return true;
  const [left, right] = [parseQuantity(wanted), parseQuantity(live)];
  return left !== undefined && right !== undefined && Math.abs(left - right) <= Math.abs(left) * 1e-9;
}

/** What built-in kinds leave out when they are empty, Argo CD leaves out as well before it compares. */
function isEmpty(value: unknown, { builtIn }: Where): boolean {
  if (value === null || value === undefined) return true;
  if (!builtIn) return false;
  if (value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every((item) => isEmpty(item, { builtIn, inList: false }));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
