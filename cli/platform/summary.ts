import Table from 'cli-table3';
import type { Address } from './addresses';
import { hasWebPage } from './probe';

/** A table without colours or a frame of its own, readable in a log as well. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const result = new Table({
    head: [...head],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: Object.fromEntries(
      [
        'top',
        'top-mid',
        'top-left',
        'top-right',
        'bottom',
        'bottom-mid',
        'bottom-left',
        'bottom-right',
        'left',
        'left-mid',
        'mid',
        'mid-mid',
        'right',
        'right-mid',
        'middle',
      ].map((part) => [part, '']),
    ),
  });
  result.push(...rows.map((row) => [...row]));
  return result
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

/** Addresses whose web page was not part of what this machine could have. */
export async function withoutWebPage(list: readonly Address[]): Promise<readonly Address[]> {
  const tools = list.filter(({ environment }) => environment === undefined);
  const pages = await Promise.all(tools.map(hasWebPage));
  return tools.filter((_tool, index) => !pages[index]);
}

/** URLs of everything, and how to sign in. */
export function describeAddresses(list: readonly Address[], withoutPage: readonly Address[]): string {
  const hints: Readonly<Record<string, string>> = {
    'Argo CD': 'npx slipway credentials argocd',
    'Git forge': 'npx slipway credentials git',
  };
  const rows = list.map((address) => {
    const api = withoutPage.includes(address);
    return [
      address.what,
      address.environment ?? '',
      api ? `${address.url}${address.probe}` : address.url,
      hints[address.what] ?? '',
    ];
  });
  return table(['what', 'environment', 'URL', 'user and password'], rows);
}
