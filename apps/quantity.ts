const memoryUnits = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 } as const;

/** Millicores of `250m`, `0.25` or `2`; nothing where it is not a positive quantity of that form. */
export function parseCpu(quantity: string): number | undefined {
  const match = /^(?:(\d{1,9})m|(\d{1,6}(?:\.\d{1,3})?))$/.exec(quantity);
  if (match === null) return undefined;
  const millicores = match[1] === undefined ? Math.round(Number(match[2]) * 1000) : Number(match[1]);
  return millicores > 0 ? millicores : undefined;
}

/** Bytes of `64Mi`; nothing where it is not a positive quantity of that form. */
export function parseMemory(quantity: string): number | undefined {
  const match = /^(\d{1,9})(Ki|Mi|Gi)$/.exec(quantity);
  if (match === null) return undefined;
  return Number(match[1]) * memoryUnits[match[2] as keyof typeof memoryUnits] || undefined;
}
