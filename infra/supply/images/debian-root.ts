import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, type Pack } from 'tar-stream';
import { describeError, UserError } from '../../../core/errors';
import { writeFileAtomic } from '../../../core/files';
import { withLock } from '../../../core/lock';
import type { Step } from '../../../core/progress';
import { addEntry, writeLayerFile, type EntryHeader, type Layer } from './layer';
import { streamCommand } from './stream-command';

/** A Debian root file system: how it is unpacked and what is in it. */
export interface RootDescription {
  readonly release: string;
  /** mmdebstrap's variant: `extract` runs no maintainer scripts and takes no essential packages along. */
  readonly variant: 'minbase' | 'essential' | 'extract';
  readonly packages: readonly string[];
}

export type RootName = 'node' | 'runtime' | 'network';

const roots: Readonly<Record<RootName, RootDescription>> = {
  /** What kind's entrypoint, systemd, the kubelet and containerd ask of a node. */
  node: {
    release: 'bookworm',
    variant: 'minbase',
    packages: [
      ...['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'iptables', 'nftables', 'kmod', 'mount', 'ethtool', 'socat'],
      ...[
        'conntrack',
        'ebtables',
        'procps',
        'util-linux',
        'hostname',
        'jq',
        'curl',
        'ca-certificates',
        'rsync',
        'gzip',
      ],
      ...['tar', 'pigz', 'runc', 'containernetworking-plugins', 'libseccomp2'],
    ],
  },
  /** One layer below everything that needs Git, a shell or a C library, so that it is stored and pulled once. */
  runtime: {
    release: 'bookworm',
    variant: 'essential',
    packages: [
      ...['ca-certificates', 'git', 'gnupg', 'gpg-agent', 'tini', 'dumb-init', 'openssh-client', 'redis-server'],
      ...['gettext-base', 'tzdata', 'libstdc++6', 'curl'],
    ],
  },
  /** The few programs that set routes and packet filters, for images that lie in every node. */
  network: {
    release: 'bookworm',
    variant: 'extract',
    packages: [
      ...['dash', 'coreutils', 'findutils', 'grep', 'sed', 'iproute2', 'iptables', 'nftables', 'conntrack', 'kmod'],
      ...['curl', 'jq'],
    ],
  },
};

/** What the root called `name` is made of. */
export function describeRoot(name: RootName): RootDescription {
  return roots[name];
}

/** A root on disk, and what images read of it. */
export interface DebianRoot {
  readonly layer: Layer;
  /** Package to version. */
  readonly packages: Readonly<Record<string, string>>;
  readonly passwd: string;
  readonly group: string;
}

export interface DebianRootOptions {
  /** The folder of the image cache. */
  readonly folder: string;
  /** Makes sure that system packages are there, or refuses with the repair. */
  readonly ensurePackages: (names: readonly string[], reason: string) => Promise<void>;
  readonly step?: Step;
}

/** What differs between two unpackings of the same packages, or is of no use in an image. */
const LEFT_OUT = [/^dev\/./, /^var\/log\/./, /^var\/cache\/(ldconfig|apt|debconf)\//, /^var\/lib\/dpkg\/.*-old$/];
const LEFT_OUT_FILES = new Set(['etc/hostname', 'etc/resolv.conf', 'run/mount/utab']);

function keptHeader(header: EntryHeader): EntryHeader | undefined {
  const name = header.name.replace(/^\.\//, '').replace(/\/$/, '');
  if (name === '' || name === '.' || LEFT_OUT_FILES.has(name)) return undefined;
  if (LEFT_OUT.some((pattern) => pattern.test(name)) && header.type !== 'directory') return undefined;
  return {
    name,
    type: header.type ?? 'file',
    size: header.size ?? 0,
    mode: header.mode ?? 0o644,
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    mtime: new Date(0),
    ...(header.linkname && {
      linkname: header.type === 'link' ? header.linkname.replace(/^\.\//, '') : header.linkname,
    }),
  };
}

/** Package to version, from the text of /var/lib/dpkg/status. */
export function parseStatus(status: string): Readonly<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const paragraph of status.split('\n\n')) {
    const name = /^Package: (\S+)$/m.exec(paragraph)?.[1];
    const version = /^Version: (\S+)$/m.exec(paragraph)?.[1];
    if (name !== undefined && version !== undefined) versions[name] = version;
  }
  return versions;
}

const READ = ['etc/passwd', 'etc/group', 'var/lib/dpkg/status'];

/**
 * Copies a root's tar from `input` without what two unpackings never agree on, and reads the few files that images
 * change. Hard links stay links; owners and modes stay; times go.
 */
export async function copyRoot(
  input: NodeJS.ReadableStream,
  file: string,
): Promise<{ readonly layer: Layer; readonly read: ReadonlyMap<string, string> }> {
  const read = new Map<string, string>();
  const reader = extract();
  const fill = async (tar: Pack): Promise<void> => {
    for await (const entry of reader) {
      const header = keptHeader(entry.header);
      if (header === undefined) {
        entry.resume();
      } else if (READ.includes(header.name)) {
        const chunks: Buffer[] = [];
        for await (const chunk of entry) chunks.push(chunk as Buffer);
        const content = Buffer.concat(chunks);
        read.set(header.name, content.toString());
        await addEntry(tar, header, content);
      } else if (header.type === 'file' && (header.size ?? 0) > 0) {
        await addEntry(tar, header, entry as AsyncIterable<Uint8Array>);
      } else {
        entry.resume();
        await addEntry(tar, { ...header, size: 0 });
      }
    }
  };
  const [layer] = await Promise.all([
    writeLayerFile(file, fill),
    pipeline(input, reader).catch((error: Error) => {
      reader.destroy(error);
      throw error;
    }),
  ]);
  return { layer, read };
}

function mmdebstrapArguments(description: RootDescription): readonly string[] {
  const manuals = [
    'path-exclude=/usr/share/man/*',
    'path-exclude=/usr/share/locale/*',
    'path-exclude=/usr/share/info/*',
  ];
  const docs = ['path-exclude=/usr/share/doc/*', 'path-include=/usr/share/doc/*/copyright'];
  return [
    `--variant=${description.variant}`,
    '--format=tar',
    '--skip=output/dev',
    '--aptopt=APT::Install-Recommends "false"',
    ...[...manuals, ...docs].map((option) => `--dpkgopt=${option}`),
    `--include=${description.packages.join(',')}`,
    description.release,
    '-',
  ];
}

async function unpack(description: RootDescription, file: string, step: Step | undefined): ReturnType<typeof copyRoot> {
  try {
    return await streamCommand('mmdebstrap', mmdebstrapArguments(description), (output) => copyRoot(output, file), {
      env: { SOURCE_DATE_EPOCH: '0', LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
      onLine: (line) => step?.detail(line.replace(/^I: /, '')),
    });
  } catch (error) {
    throw new UserError('Debian packages for images could not be unpacked', {
      details: describeError(error).split('\n'),
      repair: 'check that the Debian package servers can be reached (`apt-get update`), then start again',
      cause: error,
    });
  }
}

/** The folder that holds the root called `name`, by everything that it depends on. */
export function rootFolder(folder: string, name: RootName): string {
  const key = createHash('sha256')
    .update(JSON.stringify([process.arch, describeRoot(name), LEFT_OUT.map(String)]))
    .digest('hex')
    .slice(0, 12);
  return path.join(folder, 'roots', `${name}-${key}`);
}

/**
 * The Debian root called `name`, unpacked with mmdebstrap where the cache does not have it (15 to 60 s).
 *
 * @throws UserError where mmdebstrap is missing and may not be installed, or packages cannot be had
 */
export async function debianRoot(name: RootName, options: DebianRootOptions): Promise<DebianRoot> {
  const folder = rootFolder(options.folder, name);
  const described = path.join(folder, 'root.json');
  const file = path.join(folder, 'layer.tar.gz');
  const cached = async (): Promise<DebianRoot | undefined> => {
    const text = await readFile(described, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const root = JSON.parse(text) as DebianRoot;
    return { ...root, layer: { ...root.layer, file } };
  };
  const present = await cached();
  if (present !== undefined) return present;
  await mkdir(folder, { recursive: true });
  return withLock(`${folder}.lock`, { purpose: `unpacking the ${name} root`, wait: true }, async () => {
    const meanwhile = await cached();
    if (meanwhile !== undefined) return meanwhile;
    await options.ensurePackages(['mmdebstrap'], 'container images are assembled from Debian packages');
    options.step?.detail(`Debian packages of the ${name} root`);
    const { layer, read } = await unpack(describeRoot(name), file, options.step);
    const root: DebianRoot = {
      layer,
      packages: parseStatus(read.get('var/lib/dpkg/status') ?? ''),
      passwd: read.get('etc/passwd') ?? '',
      group: read.get('etc/group') ?? '',
    };
    await writeFileAtomic(described, JSON.stringify(root, undefined, 2));
    return root;
  });
}
