import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspectLock } from '../../core/lock';
import type { Step } from '../../core/progress';
import { tools, type ManifestName, type ModuleFilesName, type PluginName, type ToolName } from '../versions';
import { filesId, manifestId, pluginId, toolId } from './ids';
import { apiServerId, makeApiServer, requireKubernetesRelease } from './make/make-api-server';
import { makeFiles } from './make/make-files';
import { makeManifest } from './make/make-manifest';
import { makePlugin } from './make/make-plugin';
import { makeTool } from './make/make-tool';
import type { Workshop } from './make/workshop';
import type { EntryId } from './store/store';
import type { SupplyMode, ToolSource } from './types';

/** Tools, files of modules and manifests, out of the cache or made. Each is made once, however many ask for it. */
export class Tools implements ToolSource {
  private readonly running = new Map<string, Promise<string>>();

  constructor(private readonly workshop: Workshop) {}

  async mode(): Promise<SupplyMode> {
    const { mode } = this.workshop.settings;
    return mode ?? ((await this.workshop.reach()).silent.length === 0 ? 'published' : 'build');
  }

  tool(name: ToolName): Promise<string> {
    return this.once(`tool:${name}`, async () => {
      const id = await toolId(name, this.workshop.settings);
      return path.join(await this.entry(id, () => makeTool(name, this.workshop)), name);
    });
  }

  /** @throws UserError where there is no such release */
  async apiServer(version: string, step?: Step): Promise<string> {
    requireKubernetesRelease(version);
    if (version === tools['kube-apiserver'].version) return this.tool('kube-apiserver');
    return this.once(`apiServer:${version}`, async () => {
      const id = apiServerId(version, this.workshop);
      return path.join(await this.entry(id, () => makeApiServer(version, this.workshop, step)), id.name);
    });
  }

  plugin(name: PluginName): Promise<string> {
    return this.once(`plugin:${name}`, async () => {
      const id = pluginId(name, this.workshop.settings);
      return path.join(await this.entry(id, () => makePlugin(name, this.workshop)), name);
    });
  }

  files(name: ModuleFilesName): Promise<string> {
    return this.once(`files:${name}`, () => this.entry(filesId(name), () => makeFiles(name, this.workshop)));
  }

  manifest(name: ManifestName): Promise<string> {
    return this.once(`manifest:${name}`, async () => {
      const folder = await this.entry(manifestId(name), () => makeManifest(name, this.workshop, this));
      return path.join(folder, `${name}.yaml`);
    });
  }

  /** Shares what is being made in this process; a failure is forgotten, so that it can be tried again. */
  private once(part: string, work: () => Promise<string>): Promise<string> {
    const known = this.running.get(part);
    if (known !== undefined) return known;
    const promise = work().then(
      (value) => {
        this.workshop.tell(part, 1, '');
        return value;
      },
      (error: unknown) => {
        this.running.delete(part);
        throw error;
      },
    );
    this.running.set(part, promise);
    return promise;
  }

  /** The folder of an entry; where another process is just making it, its result. */
  private async entry(id: EntryId, make: () => Promise<string>): Promise<string> {
    const { store, settings } = this.workshop;
    const found = await store.find(id);
    if (found !== undefined) return found.folder;
    const made = id.kind === 'tools' ? await this.awaited(id) : undefined;
    if (made !== undefined) return made;
    return store.locked(id, async () => (await store.find(id))?.folder ?? (await make()), {
      onWait: (pid) => settings.say(`waiting for process ${pid}, which is making ${id.name} ${id.version}`),
      ...(settings.signal && { signal: settings.signal }),
    });
  }

  /** What the process that makes the whole supply has made meanwhile; undefined where none does any more. */
  private async awaited(id: EntryId): Promise<string | undefined> {
    const { follow, signal } = this.workshop.settings;
    if (follow === undefined) return undefined;
    while ((await inspectLock(follow))?.alive === true) {
      const found = await this.workshop.store.find(id);
      if (found !== undefined) return found.folder;
      await sleep(250, undefined, signal && { signal });
    }
    return undefined;
  }
}
