import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Pack } from 'tar-stream';
import { exec } from '../../../core/exec';
import type { Step } from '../../../core/progress';
import { addEntry, writeLayerFile, type EntryHeader, type Layer } from './layer';
import { streamCommand } from './stream-command';

/**
 * Unpacked images only: their compressed layers are of no more use, and each node would copy them when it starts.
 * Deleting a lease with --sync is what makes containerd collect them before it is stopped.
 */
const IMPORT = `set -eu
containerd >/tmp/containerd.log 2>&1 &
containerd=$!
tries=0
until ctr version >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -gt 150 ]; then cat /tmp/containerd.log >&2; exit 1; fi
  sleep 0.2
done
for archive in /image-*.tar; do
  echo "\${archive##*/}"
  ctr -n k8s.io images import --local --discard-unpacked-layers "$archive" >&2
done
ctr -n k8s.io leases create --id collect >/dev/null
ctr -n k8s.io leases delete --sync collect >/dev/null
kill $containerd
wait $containerd || true
`;

/** The parts of containerd's folder that make its images; the rest is made when it starts. */
const KEPT = /^containerd\/io\.containerd\.(content\.v1\.content|metadata\.v1\.bolt|snapshotter\.v1\.overlayfs)(\/|$)/;

async function copyImages(output: Readable, file: string): Promise<Layer> {
  const reader = extract();
  const parents = ['var', 'var/lib', 'var/lib/containerd'];
  const fill = async (tar: Pack): Promise<void> => {
    for (const name of parents) await addEntry(tar, { name, type: 'directory', mode: 0o755, mtime: new Date(0) });
    for await (const entry of reader) {
      const { name, linkname, ...rest } = entry.header;
      if (!KEPT.test(name) || name.includes('/ingest/')) {
        entry.resume();
        continue;
      }
      // a hard link names another member of the tar, a symbolic one a path inside the unpacked image
      const target = rest.type === 'link' ? `var/lib/${linkname}` : linkname;
      const header: EntryHeader = {
        ...rest,
        name: `var/lib/${name.replace(/\/$/, '')}`,
        ...(linkname && { linkname: target }),
      };
      if (rest.type === 'file' && rest.size > 0) await addEntry(tar, header, entry as AsyncIterable<Uint8Array>);
      else {
        entry.resume();
        await addEntry(tar, header);
      }
    }
  };
  const [layer] = await Promise.all([
    writeLayerFile(file, fill),
    pipeline(output, reader).catch((error: Error) => {
      reader.destroy(error);
      throw error;
    }),
  ]);
  return layer;
}

export interface PreloadOptions {
  /** The container engine's command. */
  readonly engine: string;
  /** An image of the engine that has containerd, ctr and a shell. */
  readonly base: string;
  readonly archives: readonly string[];
  readonly step?: Step;
}

/**
 * The images of `archives` as a layer of /var/lib/containerd, made by the node's own containerd in a container
 * without a network. Its state lies on a volume meanwhile, since an overlay cannot be made on an overlay.
 */
export async function preloadLayer(file: string, options: PreloadOptions): Promise<Layer> {
  const { engine, base, archives, step } = options;
  const name = `slipway-preload-${randomBytes(4).toString('hex')}`;
  const create = ['create', '--name', name, '--privileged', '--network', 'none', '--volume', '/var/lib/containerd'];
  await exec(engine, [...create, '--tmpfs', '/run', '--entrypoint', '/bin/sh', base, '-c', IMPORT]);
  try {
    for (const archive of archives) await exec(engine, ['cp', archive, `${name}:/image-${path.basename(archive)}`]);
    await exec(engine, ['start', '--attach', name], {
      timeoutMs: 10 * 60_000,
      // containerd's own remarks are not what is being done
      onLine: (line) => line.endsWith('.tar') && step?.detail(`into the node image: ${line}`),
    });
    step?.detail('packing the node image');
    return await streamCommand(engine, ['cp', `${name}:/var/lib/containerd`, '-'], (output) =>
      copyImages(output, file),
    );
  } finally {
    await exec(engine, ['rm', '--force', '--volumes', name], { allowFailure: true });
  }
}
