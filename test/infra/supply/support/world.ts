import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { tools, manifests, type Manifest, type Tool, type ToolName } from '../../../../infra/versions';
import { releaseUrls } from '../../../../infra/supply/fetch/release';
import { probes } from '../../../../infra/supply/fetch/reach';
import type { SupplyOptions } from '../../../../infra/supply';
import { FakeGo } from './fake-go';
import { ReleaseServer, status } from './release-server';

const platform = { os: 'linux', arch: 'amd64' } as const;
export const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

/** A cache of its own, a stand-in for Go, and a release server in the place of the real ones. */
export class World {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'supply-'));
  readonly cache = path.join(this.folder, 'cache');
  readonly server = new ReleaseServer();
  readonly go: FakeGo;
  readonly said: string[] = [];

  constructor() {
    mkdirSync(path.join(this.folder, 'bin'));
    this.go = new FakeGo(path.join(this.folder, 'bin'));
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  options(more: SupplyOptions = {}): SupplyOptions {
    return {
      cache: this.cache,
      platform,
      go: this.go.command,
      rewrite: this.server.rewrite,
      patience: { attempts: 3, firstPauseMs: 5, maximumPauseMs: 50, stallMs: 2000 },
      reachPausesMs: [5],
      modulePausesMs: [5, 5],
      slots: 1,
      inspect: async () => ({ freeDiskBytes: 2 ** 40, freeMemoryBytes: 2 ** 34, hasCompiler: true }),
      say: (line) => this.said.push(line),
      ...more,
    };
  }

  /** Where the server has the file of an address. */
  pathOf(url: string): string {
    return new URL(this.server.rewrite(url)).pathname;
  }

  paths(name: ToolName): { readonly file: string; readonly checksums: string } {
    const { url, checksums } = releaseUrls((tools[name] as Tool).release!, platform);
    return { file: this.pathOf(url), checksums: this.pathOf(checksums) };
  }

  /** Publishes every release with its checksum file, every manifest that is not pinned by digest, and the registries. */
  publish(): void {
    const archives = new Map<string, Set<string>>();
    for (const tool of Object.values<Tool>(tools)) {
      if (tool.release === undefined) continue;
      const { url } = releaseUrls(tool.release, platform);
      archives.set(url, (archives.get(url) ?? new Set()).add(tool.release.member ?? ''));
    }
    const sums = new Map<string, string>();
    for (const tool of Object.values<Tool>(tools)) {
      if (tool.release === undefined) continue;
      const { url, checksums } = releaseUrls(tool.release, platform);
      const members = [...archives.get(url)!];
      const content = members[0] === '' ? Buffer.from(`binary of ${url}`) : this.archive(members);
      this.server.files.set(this.pathOf(url), content);
      sums.set(checksums, `${sha256(content)}  ${path.posix.basename(url)}\n`);
    }
    for (const [url, text] of sums) this.server.files.set(this.pathOf(url), Buffer.from(text));
    for (const manifest of Object.values<Manifest>(manifests)) {
      this.server.files.set(this.pathOf(manifest.url), Buffer.from(`manifest ${manifest.url}\n`));
    }
    for (const registry of probes(platform).registries) {
      this.server.behaviours.set(
        this.pathOf(registry),
        Array.from({ length: 20 }, () => status(401)),
      );
    }
  }

  private archive(members: readonly string[]): Buffer {
    const folder = mkdtempSync(path.join(this.folder, 'archive-'));
    for (const member of members) {
      mkdirSync(path.dirname(path.join(folder, member)), { recursive: true });
      writeFileSync(path.join(folder, member), `#!/bin/sh\necho ${member}\n`);
    }
    execFileSync('tar', ['-czf', 'out.tar.gz', ...members], { cwd: folder });
    return readFileSync(path.join(folder, 'out.tar.gz'));
  }
}
