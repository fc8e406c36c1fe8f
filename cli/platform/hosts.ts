import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import type { Progress } from '../../core/progress';
import { addressToIp } from '../../infra/host/names';
import { addHosts, curlLines, readHostsBlock } from '../../infra/host/hosts-file';
import { hostsOf, type Address } from './addresses';
import type { Project } from './project';
import { LOOPBACK } from './settings';

const HOSTS_FILE = '/etc/hosts';

/** Asks on the terminal. @returns false where there is none, or nobody says yes */
export async function confirm(question: string, signal?: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, signal === undefined ? {} : { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/**
 * Lets the platform's names resolve on this machine where the user wants that: by a flag, by an answer on the terminal,
 * or because an earlier `up` was told so. Otherwise says how to reach them without.
 *
 * @param options.wanted `--hosts`
 * @param options.ask false where an earlier run asked already
 */
export async function arrangeNames(
  project: Project,
  list: readonly Address[],
  options: {
    readonly wanted: boolean;
    readonly ask: boolean;
    readonly progress: Progress;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { progress } = options;
  const hosts = hostsOf(list);
  const block = readHostsBlock(await readFile(HOSTS_FILE, 'utf8').catch(() => ''), project.settings.name);
  const before = new Set(block);
  if (block !== undefined && hosts.length === before.size && hosts.every((host) => before.has(host))) return;
  const question = `Add ${hosts.length} names ending in .${project.catalog.platform.domain} to ${HOSTS_FILE}? \`down\` removes them.`;
  if (options.wanted || block !== undefined || (options.ask && (await confirm(question, options.signal)))) {
    await addHosts({
      platform: project.settings.name,
      hosts,
      address: await addressToIp(project.settings.address ?? LOOPBACK),
    });
    progress.say(`added ${hosts.length} names to ${HOSTS_FILE}; \`npx slipway down\` removes them`);
    return;
  }
  progress.say(`The names do not resolve on this machine unless you add them (npx slipway up --hosts). Without:`);
  for (const { url, probe, endpoint } of list) {
    const address = await addressToIp(endpoint.address);
    for (const line of curlLines([`${new URL(url).origin}${probe}`], address)) progress.say(`  ${line}`);
  }
}
