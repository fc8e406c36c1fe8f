import { parseCpu, parseMemory } from '../apps/quantity';

const units = [
  ['Ti', 2 ** 40],
  ['Gi', 2 ** 30],
  ['Mi', 2 ** 20],
] as const;

/**
 * Processor time as the API server writes it back, `500m` for `0.5` and `1` for `1000m`, so that Argo CD sees no
 * difference between dist and the cluster.
 */
export function canonicalCpu(quantity: string): string {
  const millicores = parsed(quantity, parseCpu);
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`;
}

/** Bytes in the largest binary unit that holds them without a fraction, as the API server writes them back. */
export function canonicalMemory(quantity: string): string {
  const bytes = parsed(quantity, parseMemory);
  const [unit, size] = units.find(([, size]) => bytes % size === 0) ?? ['Ki', 2 ** 10];
  return `${bytes / size}${unit}`;
}

/** The catalog has refused what is not a quantity; what comes here all the same is a bug. */
function parsed(quantity: string, parse: (quantity: string) => number | undefined): number {
  const value = parse(quantity);
  if (value === undefined) throw new Error(`"${quantity}" is not a quantity`);
  return value;
}
