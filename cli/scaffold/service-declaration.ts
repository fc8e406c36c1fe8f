import type { ServiceProps } from '../../apps/model';

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };

const key = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : text(name));

const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A value as the formatter writes it on one line. */
function inline(value: Value): string {
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(inline).join(', ')}]`;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([name, entry]) => `${key(name)}: ${inline(entry as Value)}`).join(', ')} }`;
}

/** The text of a service.ts: what the formatter would make of it, with one line for each environment. */
export function declarationText(props: ServiceProps): string {
  const { environments = {}, ...rest } = props;
  const fields = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${key(name)}: ${inline(value as Value)},`);
  const overrides = Object.entries(environments).map(([name, value]) => `    ${key(name)}: ${inline(value as Value)},`);
  return [
    "import { defineService } from '../define';",
    '',
    'export const service = defineService({',
    ...fields,
    ...(overrides.length > 0 ? ['  environments: {', ...overrides, '  },'] : []),
    '});',
    '',
  ].join('\n');
}
