import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { writeFileAtomic } from '../../../core/files';
import { tools, type GoGroup, type Tool, type ToolName } from '../../versions';
import { GoGroupBuild, type CompileContext } from '../compile/compile';
import { checkMachine, gogcFor, obstacles } from '../compile/machine';
import { findToolchain, installedGo } from '../compile/toolchain';
import { Workspace } from '../compile/workspace';
import { probeReach, type Reach } from '../fetch/reach';
import type { SupplySettings } from '../options';
import { Digests } from '../store/digests';
import { Store } from '../store/store';

/** For this long nobody waits again for a host that was waited for in vain. */
const SILENCE_HOLDS_MS = 10 * 60_000;

/** Told while things are made: what, how far (0 to 1), a word about it, and a better estimate where there is one. */
export type Listener = (part: string, fraction: number, detail: string, seconds?: number) => void;

/** What making anything takes: the cache, the network as it answers, and a machine that can compile. */
export class Workshop {
  readonly store: Store;
  readonly digests: Digests;
  readonly workspace: Workspace;
  private readonly listeners = new Set<Listener>();
  private asked: Promise<Reach> | undefined;

  constructor(readonly settings: SupplySettings) {
    this.store = new Store(settings.cache);
    this.digests = new Digests(settings.cache);
    this.workspace = new Workspace(settings.cache, settings.slots);
  }

  /** @returns what ends the listening */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(part: string, fraction: number, detail: string, seconds?: number): void {
    for (const listener of this.listeners) listener(part, fraction, detail, seconds);
  }

  /** What answers now; asked once in this process, when it first matters. */
  reach(): Promise<Reach> {
    this.asked ??= this.ask();
    return this.asked;
  }

  /** Patience with what does not answer is had once: another process has just had it where its record is fresh. */
  private async ask(): Promise<Reach> {
    const { platform, rewrite, reachPausesMs, signal, say, cache } = this.settings;
    const record = path.join(cache, 'silent.json');
    const told = await stat(record).then(
      ({ mtimeMs }) => Date.now() - mtimeMs < SILENCE_HOLDS_MS,
      () => false,
    );
    const reach = await probeReach({
      platform,
      rewrite,
      pausesMs: told ? [] : reachPausesMs,
      ...(signal && { signal }),
      onRetry: (silent, pauseMs) => say(`no answer from ${silent.join(', ')}; asking again in ${pauseMs / 1000} s`),
    });
    if (reach.silent.length === 0) await rm(record, { force: true });
    // who asked but once, for a first look, has not been patient for anybody else
    else if (!told && reachPausesMs.length > 0)
      await writeFileAtomic(record, `${JSON.stringify(reach.silent, undefined, 2)}\n`);
    return reach;
  }

  /** Whether the host of a published file answers. */
  async answers(url: string): Promise<boolean> {
    return (await this.reach()).releases.get(new URL(url).origin) === true;
  }

  /** @throws UserError where building is forbidden */
  refuseBuild(what: string): void {
    if (!this.settings.noBuild) return;
    throw new UserError(`${what} would have to be built, which --no-build forbids`, {
      repair: 'make its release reachable, load a supply with `slipway supply load <file>`, or leave --no-build out',
    });
  }

  /** Installs what compiling needs where that is allowed. @throws UserError naming everything that is in the way */
  async readyToBuild(names: readonly ToolName[]): Promise<void> {
    const { install, inspect, go, cache } = this.settings;
    const machine = await inspect(cache);
    const linked = names.some((name) => (tools[name] as Tool).build.cgo === true);
    const missing = [
      ...((await installedGo(go)) === undefined ? ['golang-go'] : []),
      ...(linked && !machine.hasCompiler ? ['gcc', 'libc6-dev'] : []),
    ];
    if (missing.length > 0 && install !== undefined) await install(missing, 'tools have to be compiled');
    const ready = missing.length > 0 && install !== undefined ? await inspect(cache) : machine;
    // measuring the caches of an interrupted build takes seconds, so only where disk seems short without them
    if (obstacles(names, ready).length > 0) checkMachine(names, ready, await this.workspace.usedBytes());
  }

  /** Runs `work` with a copy of the group open and the build caches kept. */
  async building<T>(group: GoGroup, work: (group: GoGroupBuild) => Promise<T>): Promise<T> {
    return this.workspace.use(async () => {
      const open = new GoGroupBuild(group, await this.compileContext());
      await open.open();
      try {
        return await work(open);
      } finally {
        await open.close();
      }
    });
  }

  /** Downloads the modules of a tool ahead of its turn. A failure here is not told: the build meets it again. */
  async prefetch(name: ToolName): Promise<void> {
    const { build }: Tool = tools[name];
    await this.building(build.group, (group) => group.prefetch(build)).catch(() => undefined);
  }

  private async compileContext(): Promise<CompileContext> {
    const { platform, go, groups, cache, inspect, modulePausesMs, signal } = this.settings;
    return {
      toolchain: await findToolchain(platform, this.workspace.env, go),
      workspace: this.workspace,
      groups,
      gogc: gogcFor(await inspect(cache)),
      pausesMs: modulePausesMs,
      ...(signal && { signal }),
    };
  }
}
