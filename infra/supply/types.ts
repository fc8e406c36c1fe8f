import type { Progress, Step } from '../../core/progress';
import type { ManifestName, ModuleFilesName, PluginName, ToolName } from '../versions';

/** `published`: releases and registries answer. `build`: they do not, so tools are compiled and images assembled. */
export type SupplyMode = 'published' | 'build';

/** One thing of the supply and what it takes to have it. */
export interface PlanItem {
  /** An image's name is its reference. */
  readonly kind: 'tool' | 'image' | 'manifest' | 'files';
  readonly name: string;
  readonly version: string;
  readonly how: 'cached' | 'download' | 'build';
  /** An estimate; 0 where it is cached. */
  readonly seconds: number;
  /** Kept on disk in the end. */
  readonly bytes: number;
}

export interface SupplyPlan {
  readonly mode: SupplyMode;
  /** Why the mode is what it is: what was asked and what it answered. */
  readonly reasons: readonly string[];
  readonly items: readonly PlanItem[];
  readonly seconds: number;
  /** The most that is in use at a time, build caches included. */
  readonly diskBytes: number;
  /** What stands in for what its name says, one line each. */
  readonly substitutions: readonly string[];
}

/** Where tools, parts of modules and manifests come from; images are made of these. */
export interface ToolSource {
  /** The absolute path of an executable of this machine's platform, made ready where it is not. */
  tool(name: ToolName): Promise<string>;
  /** A folder with the chosen files of a Go module, at their paths in the module. */
  files(name: ModuleFilesName): Promise<string>;
  /** The path of an unmodified upstream manifest. */
  manifest(name: ManifestName): Promise<string>;
  mode(): Promise<SupplyMode>;
}

/** Where images come from: pulled, or assembled of tools and Debian packages. */
export interface ImageSource {
  plan(mode: SupplyMode): Promise<readonly PlanItem[]>;
  /** The path of a docker-archive of the image that is called `reference`, made ready where it is not. */
  image(reference: string, step?: Step): Promise<string>;
  substitutions(mode: SupplyMode): readonly string[];
}

export interface Supply {
  plan(): Promise<SupplyPlan>;
  /** What a machine takes that reaches nothing, where it is to be saved and carried there. */
  planToCarry(): Promise<SupplyPlan>;
  /** Makes the items ready. Interrupted, it goes on where it stopped. @default all of the plan */
  prepare(items: readonly PlanItem[] | undefined, progress: Progress): Promise<void>;
  tool(name: ToolName): Promise<string>;
  /** The absolute path of a provider of the Pulumi engine that only some catalogs need. */
  plugin(name: PluginName): Promise<string>;
  /** The absolute path of kube-apiserver of any release of Kubernetes. @throws UserError where it cannot be had */
  apiServer(version: string, step?: Step): Promise<string>;
  files(name: ModuleFilesName): Promise<string>;
  image(reference: string): Promise<string>;
  manifest(name: ManifestName): Promise<string>;
}
