import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { silentProgress } from '../../../core/progress';
import { readMachine } from '../../../infra/host/machine';
import { installPackages } from '../../../infra/host/packages';

const EXECUTABLE = '/usr/bin/chromium';

/** What keeps it from asking anything but the page, and lets it run as root in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the distribution's Chromium, installing its package where it is missing. */
export async function startBrowser(): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    const recordFolder = mkdtempSync(path.join(os.tmpdir(), 'browser-'));
    try {
      await installPackages(['chromium'], {
        machine: readMachine(),
        progress: silentProgress,
        reason: 'the pages of reports are tested in a browser',
        allowInstall: true,
        recordFolder,
      });
    } finally {
      rmSync(recordFolder, { recursive: true });
    }
  }
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}

export interface OpenedPage {
  readonly page: Page;
  /** Addresses that were asked for besides the page itself. */
  readonly asked: string[];
  /** Errors of scripts, and refusals of the page's own policy. */
  readonly complaints: string[];
}

/** Opens a file without any network. */
export async function openFile(
  browser: Browser,
  file: string,
  options: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<OpenedPage> {
  const { hash = '', ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...rest });
  const page = await context.newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  const address = `file://${file}`;
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address && !request.url().startsWith('data:')) asked.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address + hash);
  return { page, asked, complaints };
}
