/** The page of a review in a real browser, opened from disk as a reader opens it. It needs no cluster and no network. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { Review } from '../../review/model';
import { renderHtml } from '../../review/report/html';
import { changeOf, findingOf, hostileReview, largeReview, placeOf, reviewOf } from '../review/report/fixtures';
import { eventually, Workspace } from './harness';
import { openFile, startBrowser, type OpenedPage } from './support/browser';

const folder = mkdtempSync(path.join(os.tmpdir(), 'report-e2e-'));
/** Where pictures of the pages go, for people. */
const pictures = process.env['SLIPWAY_E2E_SCREENSHOTS'];

let browser: Browser;
let opened: OpenedPage[] = [];

beforeAll(async () => {
  browser = await startBrowser();
}, 600_000);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

async function open(
  review: Review | string,
  options: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<Page> {
  const file = path.join(folder, 'review.html');
  writeFileSync(file, typeof review === 'string' ? review : renderHtml(review));
  const one = await openFile(browser, file, options);
  opened.push(one);
  return one.page;
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: path.join(pictures, `${name}.png`) });
}

// of whatever a test did, nothing may have asked the network or been refused by the page's own policy
afterEach(async () => {
  const pages = opened;
  opened = [];
  for (const { page } of pages) await page.context().close();
  expect(pages.flatMap(({ asked }) => asked)).toEqual([]);
  expect(pages.flatMap(({ complaints }) => complaints)).toEqual([]);
});

const named = (kind: string, name: string, environment: string) => ({
  object: { apiVersion: 'v1', kind, namespace: environment, name },
  places: [placeOf(environment, name, `${kind}.${name}.yaml`, 3)],
});
const yaml = (replicas: number): string =>
  ['kind: Deployment', 'spec:', `  replicas: ${replicas}`, ...'abcdefghijkl'].map((line) => `${line}\n`).join('');

const small = reviewOf({
  changes: [
    changeOf({ ...named('Deployment', 'cart', 'developer'), before: yaml(2), after: yaml(3) }),
    changeOf({ ...named('Service', 'cart', 'developer'), type: 'added', fields: [], after: 'kind: Service\n' }),
    changeOf({ ...named('Deployment', 'shop', 'production'), before: yaml(2), after: yaml(3) }),
    changeOf({ ...named('ConfigMap', 'shop', 'production'), type: 'removed', fields: [], before: 'kind: ConfigMap\n' }),
  ],
  findings: [
    findingOf({
      ...named('Deployment', 'shop', 'production'),
      fingerprint: 'e1',
      severity: 'error',
      message: 'it stops',
    }),
    findingOf({
      ...named('ConfigMap', 'shop', 'production'),
      fingerprint: 'w1',
      severity: 'warning',
      message: 'data goes',
      repair: 'keep `shop`',
    }),
    findingOf({ ...named('Deployment', 'cart', 'developer'), fingerprint: 'i1', message: 'pods restart' }),
  ],
  policies: [{ name: 'run-as-non-root', objects: 4, findings: 0 }],
});

const lines = (page: Page, list: '#finding-list' | '#change-list') =>
  page.locator(`${list} .item:visible > summary .${list === '#finding-list' ? 'message' : 'name'}`).allTextContents();
const findings = (page: Page) => lines(page, '#finding-list');
const changes = (page: Page) => lines(page, '#change-list');
/** Waits for as many elements as named: a page fills an entry a moment after the click that opened it. */
const shows = (elements: Locator, count: number) =>
  eventually(`${count} of ${String(elements)}`, 10, async () =>
    (await elements.count()) === count ? true : undefined,
  );
const hash = (page: Page): string => decodeURIComponent(new URL(page.url()).hash);
const wide = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');

test('the first screen says how dangerous the change is and where, the most dangerous first', async () => {
  const page = await open(small);
  expect(await page.title()).toBe('Review of more-replicas: 1 error, 1 warning');
  expect(await page.locator('h1').textContent()).toBe('1 error, 1 warning');
  expect(await page.locator('.overview tbody tr').allInnerTexts()).toEqual([
    'developer\t2\t0\t0\t1',
    'production\t2\t1\t1\t0',
  ]);
  expect(await findings(page)).toEqual(['it stops', 'data goes', 'pods restart']);
  expect(await page.locator('#policy-list summary').textContent()).toBe('1 policy evaluated, none broken');
});

describe('filters', () => {
  test('by environment, kind and severity narrow findings and changes, and say how much is shown', async () => {
    const page = await open(small);
    await page.selectOption('#environment', 'production');
    expect([await findings(page), await changes(page)]).toEqual([
      ['it stops', 'data goes'],
      ['shop', 'shop'],
    ]);
    await page.selectOption('#kind', 'ConfigMap');
    expect([await findings(page), await changes(page)]).toEqual([['data goes'], ['shop']]);
    expect(await page.locator('#shown').textContent()).toBe('1 of 3 findings, 1 of 4 changes');
    await page.click('#clear');
    await page.click('#severities .error');
    expect([await findings(page), await changes(page)]).toEqual([['it stops'], ['shop']]);
    await page.click('#severities .error');
    await page.click('#types .added');
    expect([await findings(page), await changes(page)]).toEqual([[], ['cart']]);
    expect(await page.locator('#no-findings').textContent()).toBe('No findings match the filter.');
  });

  test('a number of the overview filters by its environment and severity', async () => {
    const page = await open(small);
    await page.getByRole('button', { name: 'Warnings in production: 1' }).click();
    expect(await findings(page)).toEqual(['data goes']);
    expect(hash(page)).toBe('#environment=production&severity=warning');
  });

  test('search looks through names, fields, values, rules and files, for all words', async () => {
    const page = await open(small);
    for (const [words, found] of [
      ['spec.replicas shop', ['shop']],
      ['dist/developer', ['cart', 'cart']],
      ['service-a/service.ts', ['cart', 'cart', 'shop', 'shop']],
      ['no such thing', []],
    ] as const) {
      await page.fill('#search', words);
      expect([words, await changes(page)]).toEqual([words, found]);
    }
    await page.fill('#search', 'pods-restart STOPS');
    expect(await findings(page)).toEqual(['it stops']);
  });

  test('an address leads to the same filter and the same entry', async () => {
    const first = await open(small);
    await first.fill('#search', 'shop');
    await first.click('#severities .error');
    await first.locator('#finding-list .error summary').click();
    await first.locator('#finding-list .error .permalink').click();
    const second = await open(small, { hash: new URL(first.url()).hash });
    expect(await second.locator('details[open]').getAttribute('data-id')).toBe('finding/e1');
    const third = await open(small, { hash: '#environment=developer&open=production%2FConfigMap%2Fshop' });
    expect(await third.locator('details[open] .name').textContent()).toBe('shop');
  });
});

test('a finding leads to its change and back, and shows reason, repair and source', async () => {
  const page = await open(small);
  await page.locator('#finding-list .warning summary').click();
  const body = page.locator('#finding-list .warning .body');
  expect(await body.locator('.reason').textContent()).toContain('spec.template changes');
  expect(await body.locator('.repair code').textContent()).toBe('shop');
  expect(await body.locator('.origin').textContent()).toContain('dist/production/shop/ConfigMap.shop.yaml:3');
  await body.getByRole('button', { name: 'Show the change' }).click();
  expect(hash(page)).toBe('#open=production/ConfigMap/shop');
  const change = page.locator('#change-list details[open]');
  expect(await change.locator('.origin').textContent()).toContain('apps/service-a/service.ts:7');
  await change.locator('.about button').click();
  expect(hash(page)).toBe('#open=finding/w1');
});

test('an object is shown side by side, with what differs marked and the rest folded', async () => {
  const page = await open(small);
  await page.click('#view-object');
  await page.locator('#change-list summary', { hasText: 'shop' }).first().click();
  const table = page.locator('#change-list details[open] table.split');
  await shows(table, 1);
  expect(await table.locator('del').allTextContents()).toEqual(['2']);
  expect(await table.locator('ins').allTextContents()).toEqual(['3']);
  const rows = await table.locator('tr').count();
  await table.getByRole('button', { name: '9 unchanged lines' }).click();
  await shows(table.locator('tr'), rows + 8);
  await picture(page, 'side-by-side');
});

test('everything can be done by keyboard', async () => {
  const page = await open(small);
  const press = (key: string) => page.keyboard.press(key);
  await press('/');
  await page.keyboard.type('shop');
  expect(await changes(page)).toEqual(['shop', 'shop']);
  await press('Escape');
  await press('c');
  expect(await changes(page)).toHaveLength(4);
  await press('j');
  await press('j');
  await press('Enter');
  expect(await page.locator('details[open]').getAttribute('data-id')).toBe('finding/w1');
  await press('k');
  await press('Enter');
  await shows(page.locator('details[open]'), 2);
  await press('x');
  await shows(page.locator('details.item[open]'), 7);
  await press('v');
  await shows(page.locator('table.split'), 2);
  await press('x');
  await press('2');
  expect(await findings(page)).toEqual(['data goes']);
  await press('?');
  expect(await page.locator('#help').isVisible()).toBe(true);
  await press('Escape');
  expect(await page.locator('#help').isVisible()).toBe(false);
  await page.keyboard.press('Control+j');
  expect(await findings(page)).toEqual(['data goes']);
});

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test('follows the system until the reader chooses, and the choice stays', async () => {
    const page = await open(small, { colorScheme });
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const before = await background();
    expect(before).toBe(colorScheme === 'dark' ? 'rgb(15, 18, 22)' : 'rgb(247, 247, 245)');
    await picture(page, colorScheme);
    await page.keyboard.press('t');
    const after = await background();
    expect(after).not.toBe(before);
    await page.reload();
    expect(await background()).toBe(after);
  });

  test('every text stands out enough to be read', async () => {
    const page = await open(small, { colorScheme });
    await page.keyboard.press('x');
    await page.keyboard.press('1');
    await page.keyboard.press('1');
    const ratios = await page.evaluate<Readonly<Record<string, number>>>(contrasts);
    expect(Object.keys(ratios).length).toBeGreaterThan(20);
    expect(Object.entries(ratios).filter(([, ratio]) => ratio < 4.5)).toEqual([]);
    await page.click('#view-object');
    const more = await page.evaluate<Readonly<Record<string, number>>>(contrasts);
    expect(Object.entries(more).filter(([, ratio]) => ratio < 4.5)).toEqual([]);
  });
});

/** The contrast of each kind of text with what is behind it, as WCAG 2 counts it. */
const contrasts = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (node) => {
    for (let at = node; at !== null; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255];
  };
  const found = {};
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== '');
    if (!own || !node.checkVisibility() || node.closest('script, noscript, .sr, .skip, caption')) continue;
    const [one, other] = [light(rgba(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const key = node.tagName + '.' + node.className;
    found[key] = Math.min(found[key] ?? 99, ratio);
  }
  return found;
})()`;

describe('on a phone', () => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

  test('nothing is wider than the screen, and an object is one column', async () => {
    const page = await open(small, phone);
    expect(await wide(page)).toBe(false);
    await picture(page, 'phone');
    await page.click('#view-object');
    await page.locator('#change-list summary', { hasText: 'shop' }).first().tap();
    await shows(page.locator('table.unified'), 1);
    expect(await page.locator('table.unified .removed').textContent()).toBe('  replicas: 2');
    expect(await wide(page)).toBe(false);
  });

  test('a review of long names and hostile text is not wider either', async () => {
    const page = await open(hostileReview(), phone);
    expect(await wide(page)).toBe(false);
  });
});

test('assistive tools find landmarks, names and states', async () => {
  const page = await open(small);
  const tree = await page.locator('body').ariaSnapshot();
  for (const part of [
    '- heading "1 error, 1 warning" [level=1]',
    '- search "Filter findings and changes"',
    '- searchbox "Search"',
    '- combobox "Environment"',
    '- button "error 1"',
    '- button "Fields" [pressed]',
    '- heading "Findings" [level=2]',
    '- main',
  ]) {
    expect(tree).toContain(part);
  }
  expect(await page.evaluate<number>("document.querySelectorAll('button:not([aria-label])').length")).toBeGreaterThan(
    5,
  );
  expect(
    await page.evaluate<string[]>(
      "[...document.querySelectorAll('button, input, select, a')].filter((node) => !node.textContent.trim() && !node.ariaLabel).map((node) => node.outerHTML)",
    ),
  ).toEqual([]);
});

test('a review of 2,000 changes is there at once, and all of it soon after', async () => {
  const review = largeReview(1000);
  const page = await open(review);
  const made = () => page.locator('.item').count();
  const all = review.changes.length + review.findings.length;
  expect(await page.locator('#severities .error b').textContent()).toBe('10');
  // the page forbids to evaluate text, which is how a driver would wait inside of it
  await eventually('every entry to be made', 30, async () => ((await made()) === all ? true : undefined));
  await page.fill('#search', 'service-0999');
  expect(await changes(page)).toEqual(['service-0999', 'service-0999']);
  await page.fill('#search', '');
  const again = await open(review, { hash: '#open=production%2FDeployment%2Fservice-0999' });
  expect(await again.locator('details[open] > summary .name').textContent()).toBe('service-0999');
  expect(
    await again.locator('details[open] > summary').evaluate((node) => node === node.ownerDocument.activeElement),
  ).toBe(true);
  expect(await made()).toBe(all);
});

test('text from files runs nothing and makes nothing', async () => {
  const page = await open(hostileReview());
  await page.keyboard.press('x');
  await page.keyboard.press('v');
  expect(await page.evaluate('window.broken')).toBeUndefined();
  expect(await page.locator('img, iframe, h1:not(#verdict), [onerror]').count()).toBe(0);
  expect(await page.locator('a[href^="javascript"], a[href^="http"]').count()).toBe(0);
  expect(await page.locator('#change-list').textContent()).toContain('<img src=x onerror="window.broken=1">');
});

test('a review in which nothing changes says so', async () => {
  const page = await open(reviewOf());
  expect(await page.locator('h1').textContent()).toBe('No errors, no warnings');
  expect(await page.locator('main').innerText()).toMatch(/no object changes[\s\S]*No findings\.[\s\S]*No changes\./);
  expect(await page.locator('#filters').isVisible()).toBe(false);
});

test('is printed open, and is as it was after that', async () => {
  const page = await open(small);
  const pdf = await page.pdf();
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  await shows(page.locator('.body'), 7);
  await shows(page.locator('details.item[open]'), 0);
});

test('shows its findings where scripts do not run', async () => {
  const page = await open(small, { javaScriptEnabled: false });
  expect(await page.locator('noscript li').allTextContents()).toHaveLength(3);
  expect(await page.locator('body').innerText()).toContain('error: it stops');
});

test('a real change of dist, by the command line', async () => {
  const workspace = new Workspace({ name: 'report-e2e', httpPort: 18089, httpsPort: 18449, registryPort: 15089 });
  try {
    workspace.edit('dist/production/service-a/Deployment.service-a.yaml', 'replicas: 2', 'replicas: 0');
    workspace.edit('dist/production/service-b/Service.service-b.yaml', /(selector:\s+\S+: )service-b/, '$1service-bb');
    const file = path.join(workspace.root, 'review.html');
    await workspace.succeed('review', '--base', 'HEAD', '--fail-on', 'never', '--format', 'html', '--output', file);
    const page = await open(readFileSync(file, 'utf8'));
    expect(await changes(page)).toEqual(['service-a', 'service-b']);
    expect(await page.locator('#change-list .preview').first().textContent()).toContain('spec.replicas 2 0');
    expect((await findings(page)).length).toBeGreaterThan(0);
    await picture(page, 'real');
  } finally {
    workspace.remove();
  }
});
