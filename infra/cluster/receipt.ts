import { isThere, takeInventory, type InventoryContext, type Item, type ItemKind } from './inventory';

/** What became of one thing. */
export interface ReceiptEntry {
  readonly kind: ItemKind;
  readonly name: string;
  readonly state: 'removed' | 'left' | 'kept';
  /** Why it stays on purpose. */
  readonly keptBecause?: string;
}

export interface Receipt {
  readonly entries: readonly ReceiptEntry[];
  /** Nothing is left but what stays on purpose. */
  readonly clean: boolean;
}

/** Why something stays on purpose; undefined where it must be gone. */
export type KeepRule = (item: Item) => string | undefined;

const sameItem = (a: Item, b: Item): boolean => a.kind === b.kind && (a.id ?? a.name) === (b.id ?? b.name);

/** @param remains what is still there: of `before`, or found now though it was not there before */
export function writeReceipt(before: readonly Item[], remains: readonly Item[], keep: KeepRule): Receipt {
  const unexpected = remains.filter((item) => !before.some((known) => sameItem(known, item)));
  const entries = [...before, ...unexpected].map((item): ReceiptEntry => {
    const { kind, name } = item;
    if (!remains.some((found) => sameItem(found, item))) return { kind, name, state: 'removed' };
    const keptBecause = keep(item);
    return keptBecause === undefined ? { kind, name, state: 'left' } : { kind, name, state: 'kept', keptBecause };
  });
  return { entries, clean: entries.every(({ state }) => state !== 'left') };
}

/**
 * Verifies a removal with the engine and the kernel: each thing of the inventory taken before it is asked for by itself,
 * and a new inventory shows what was missed.
 *
 * @param keep why something stays on purpose. @default nothing may stay
 */
export async function verifyRemoval(
  before: readonly Item[],
  context: InventoryContext,
  keep: KeepRule = () => undefined,
): Promise<Receipt> {
  const there = await Promise.all(before.map((item) => isThere(item, context)));
  const now = await takeInventory(context);
  const remains = [...before.filter((_item, index) => there[index]), ...now];
  const unique = remains.filter((item, index) => remains.findIndex((other) => sameItem(other, item)) === index);
  return writeReceipt(before, unique, keep);
}
