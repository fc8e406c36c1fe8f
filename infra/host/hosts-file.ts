import { chmod, chown, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { besides } from '../../core/files';
import { UserError } from '../../core/errors';

/** Names that shall resolve to this machine, kept in a block of the hosts file that belongs to one platform. */
export interface HostsBlock {
  readonly platform: string;
  readonly hosts: readonly string[];
  /** @default '127.0.0.1' */
  readonly address?: string;
}

const begin = (platform: string): string => `# begin slipway ${platform}`;
const end = (platform: string): string => `# end slipway ${platform}`;

interface Found {
  readonly start: number;
  readonly stop: number;
}

function find(content: string, platform: string): Found | undefined {
  const lines = content.split('\n');
  const first = lines.findIndex((line) => line.trimEnd() === begin(platform));
  if (first < 0) return undefined;
  const last = lines.findIndex((line, index) => index > first && line.trimEnd() === end(platform));
  if (last < 0) {
    throw new UserError(`the hosts file has "${begin(platform)}" without "${end(platform)}"`, {
      repair: `complete or delete that block by hand`,
    });
  }
  const start = lines.slice(0, first).join('\n').length + (first > 0 ? 1 : 0);
  const stop = Math.min(content.length, lines.slice(0, last + 1).join('\n').length + 1);
  return { start, stop };
}

/** The block's hosts, or undefined where there is no block. */
export function readHostsBlock(content: string, platform: string): readonly string[] | undefined {
  const found = find(content, platform);
  return (
    found &&
    content
      .slice(found.start, found.stop)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .flatMap((line) => line.split(/\s+/).slice(1))
  );
}

/** `content` with the block in it: replaced where it stands, else appended. Every other byte stays. */
export function withHostsBlock(content: string, { platform, hosts, address = '127.0.0.1' }: HostsBlock): string {
  const text = [begin(platform), ...hosts.map((host) => `${address} ${host}`), end(platform), ''].join('\n');
  const found = find(content, platform);
  if (found !== undefined) {
    const closed = content.slice(found.start, found.stop).endsWith('\n');
    return content.slice(0, found.start) + (closed ? text : text.slice(0, -1)) + content.slice(found.stop);
  }
  // the newline that a last line lacks goes into the block, so that taking the block out gives the old bytes back
  return content === '' || content.endsWith('\n') ? content + text : `${content}\n${text.slice(0, -1)}`;
}

/** `content` without the block; what was there before the block was added. */
export function withoutHostsBlock(content: string, platform: string): string {
  const found = find(content, platform);
  if (found === undefined) return content;
  const closed = content.slice(found.start, found.stop).endsWith('\n');
  const before = content.slice(0, found.start);
  return (closed ? before : before.replace(/\n$/, '')) + content.slice(found.stop);
}

async function replace(file: string, content: string): Promise<void> {
  const { mode, uid, gid } = await stat(file);
  const temporary = besides(file);
  try {
    const handle = await open(temporary, 'wx', mode & 0o7777);
    await handle.writeFile(content);
    await handle.sync();
    await handle.close();
    await chmod(temporary, mode & 0o7777);
    await chown(temporary, uid, gid);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    // inside a container the hosts file is a mount of its own and cannot be renamed over
    if (!['EBUSY', 'EXDEV'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await writeFile(file, content);
  }
}

async function edit(file: string, change: (content: string) => string, repair: string): Promise<boolean> {
  const content = await readFile(file, 'utf8');
  const changed = change(content);
  if (changed === content) return false;
  try {
    await replace(file, changed);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new UserError(`${file} cannot be written by this user`, { repair, cause: error });
  }
  return true;
}

/**
 * Makes the names resolve to the platform's address on this machine.
 *
 * @param file @default `/etc/hosts`
 * @returns whether the file changed
 * @throws UserError where this user may not write the file, with the lines to add by hand
 */
export function addHosts(block: HostsBlock, file = '/etc/hosts'): Promise<boolean> {
  return edit(
    file,
    (content) => withHostsBlock(content, block),
    `run again as root, or add this line to it: ${block.address ?? '127.0.0.1'} ${block.hosts.join(' ')}`,
  );
}

/** Takes the platform's block out again. @returns whether there was one */
export function removeHosts(platform: string, file = '/etc/hosts'): Promise<boolean> {
  return edit(
    file,
    (content) => withoutHostsBlock(content, platform),
    `run again as root, or delete the lines from "${begin(platform)}" to "${end(platform)}"`,
  );
}

/** Commands ready to paste that reach `urls` without any name resolution. */
export function curlLines(urls: readonly string[], address = '127.0.0.1'): readonly string[] {
  return urls.map((url) => {
    const { hostname, port, protocol } = new URL(url);
    return `curl --resolve ${hostname}:${port || (protocol === 'https:' ? 443 : 80)}:${address} ${url}`;
  });
}
