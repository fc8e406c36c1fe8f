import { cacheFolder } from '../../core/paths';
import { cpus } from 'node:os';
import { defaultPatience, type Patience } from './fetch/retry';
import type { Rewrite } from './fetch/release';
import { groupsFolder } from './compile/compile';
import { inspectMachine, type BuildMachine } from './compile/machine';
import { hostPlatform, type Platform } from './platform';
import type { ImageSource, SupplyMode, ToolSource } from './types';

export interface SupplyOptions {
  /** @default cacheFolder() */
  readonly cache?: string;
  /** Refuse, saying what would be needed, instead of compiling or assembling. @default false */
  readonly noBuild?: boolean;
  /** What an earlier run decided for the platform that is there. @default decided by what can be reached */
  readonly mode?: SupplyMode;
  /**
   * Lock of a process that makes the whole supply: while it is held, tools are waited for and not made here, so that
   * one process decides their order and tells of it.
   */
  readonly follow?: string;
  readonly signal?: AbortSignal;
  /** Lines that stay, outside of `prepare`. @default nowhere */
  readonly say?: (line: string) => void;
  /** Installs system packages that compiling needs. @default refuses, naming them */
  readonly install?: (names: readonly string[], reason: string) => Promise<void>;
  /** Where images come from. */
  readonly images?: (tools: ToolSource) => ImageSource;
  /** @default the platform of this machine */
  readonly platform?: Platform;
  /** Sends every address of a release, a manifest or a registry elsewhere. @default the address itself */
  readonly rewrite?: Rewrite;
  readonly patience?: Partial<Patience>;
  /** Pauses between rounds of asking what answers. @default 2, 5 and 10 s */
  readonly reachPausesMs?: readonly number[];
  /** The Go command. @default `go` on PATH */
  readonly go?: string;
  /** Where the Go groups lie. @default supply/go */
  readonly groups?: string;
  /** What there is to build with. @default what this machine has */
  readonly inspect?: (cache: string) => Promise<BuildMachine>;
  /** Pauses before a download of modules that failed is tried again. @default 2, 10 and 30 s */
  readonly modulePausesMs?: readonly number[];
  /** How many compilations may run at a time. @default one, and one more for every two cores beyond two */
  readonly slots?: number;
}

export type SupplySettings = Required<
  Omit<SupplyOptions, 'signal' | 'install' | 'images' | 'patience' | 'mode' | 'follow'>
> &
  Pick<SupplyOptions, 'signal' | 'install' | 'mode' | 'follow'> & { readonly patience: Patience };

/** Every default of the supply, in one place. */
export function settle(options: SupplyOptions): SupplySettings {
  const { signal, install, mode, follow } = options;
  return {
    cache: options.cache ?? cacheFolder(),
    noBuild: options.noBuild ?? false,
    say: options.say ?? (() => undefined),
    platform: options.platform ?? hostPlatform(),
    rewrite: options.rewrite ?? ((url) => url),
    reachPausesMs: options.reachPausesMs ?? [2000, 5000, 10_000],
    go: options.go ?? 'go',
    inspect: options.inspect ?? inspectMachine,
    modulePausesMs: options.modulePausesMs ?? [2000, 10_000, 30_000],
    groups: options.groups ?? groupsFolder,
    // the largest packages of a build use every core by themselves, so two builds at a time pay only on more than two
    slots: options.slots ?? Math.max(1, Math.floor(cpus().length / 2)),
    patience: { ...defaultPatience, ...options.patience },
    ...(signal && { signal }),
    ...(install && { install }),
    ...(mode && { mode }),
    ...(follow !== undefined && { follow }),
  };
}
