import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import type { Parts } from '../../../infra/supply/images/assemble';
import type { DebianRoot } from '../../../infra/supply/images/debian-root';
import { writeLayer } from '../../../infra/supply/images/layer';
import { sha256OfFile } from '../../../infra/supply/store/store';

const folders: string[] = [];

/** A folder of its own, removed by `removeFolders`. */
export function scratch(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-images-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Writes files below a folder, given by name. */
export function write(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** A command that is a shell script, standing in for one that takes a network. */
export function command(folder: string, name: string, script: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Runs `work` with `folder` first on PATH. */
export async function withPath<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before}`;
  try {
    return await work();
  } finally {
    process.env['PATH'] = before;
  }
}

/** `mode owner name` of each member of a tar, gzipped or not, as the system's own tar reads it. */
export function list(archive: string): readonly string[] {
  const text = execFileSync('tar', ['--utc', '-tvf', archive, '--numeric-owner'], { encoding: 'utf8' });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^(\S+)\s+(\S+)\s+\d+\s+1970-01-01 00:00\s+/, '$1 $2 '));
}

/** One member of a tar, as text. */
export function member(archive: string, name: string): string {
  return execFileSync('tar', ['-xOf', archive, name], { encoding: 'utf8' });
}

/** A root that takes no Debian packages. */
export async function smallRoot(folder: string): Promise<DebianRoot> {
  const layer = await writeLayer(path.join(folder, 'root.tar.gz'), [
    { path: 'etc/os-release', content: 'ID=debian\n', mode: 0o644 },
  ]);
  return {
    layer,
    packages: { 'redis-server': '5:7.0.15-1', coreutils: '9.1-1' },
    passwd: 'root:x:0:0:root:/root:/bin/bash\n',
    group: 'root:x:0:\n',
  };
}

/** Parts of a few bytes each, whatever is asked for. */
export function smallParts(folder: string): Parts {
  return {
    tool: async (name) => path.join(write(folder, { [`tools/${name}`]: `program ${name}\n` }), 'tools', name),
    files: async (name) => {
      const module = path.join(folder, 'modules', name);
      for (const file of ['hack/gpg-wrapper.sh', 'hack/git-verify-wrapper.sh', 'entrypoint.sh'])
        write(module, { [file]: '#!' });
      const rootless = 'docker/rootless/usr/local/bin';
      for (const file of ['docker-entrypoint.sh', 'docker-setup.sh', 'environment-to-ini', 'gitea']) {
        write(module, { [`${rootless}/${file}`]: '#!' });
      }
      write(module, { 'docker/rootless/etc/templates/app.ini': 'ini', 'templates/home.tmpl': 'home' });
      return write(module, { 'options/locale/en.json': '{}', 'public/assets/robots.txt': '' });
    },
    packed: async (name) => write(path.join(folder, 'packed', name), { 'bin/node': 'node', 'bin/npm-cli.js': 'npm' }),
    root: async () => smallRoot(folder),
  };
}

/** The digest of a file as images name it. */
export const digestOfFile = async (file: string): Promise<string> => `sha256:${await sha256OfFile(file)}`;
