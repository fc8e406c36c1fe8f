import { createHash } from 'node:crypto';
import { images, moduleFiles, packedPackages, tools } from '../../versions';
import type { ImageName, ModuleFilesName, PackedPackageName, ToolName } from '../../versions';
import { architecture, type ImageConfig } from './archive';
import { describeRoot, type RootName } from './debian-root';

interface Placed {
  /** In the image, without a leading slash. */
  readonly path: string;
  /** @default 0 */
  readonly uid?: number;
  /** @default 0 */
  readonly gid?: number;
}

/** One part of an image, by where it comes from. */
export type Part =
  | (Placed & { readonly tool: ToolName })
  /** A file of a Go module, or a folder with everything in it. */
  | (Placed & { readonly module: ModuleFilesName; readonly from: string; readonly mode?: number })
  /** A file or folder of an npm package. @default the whole package */
  | (Placed & { readonly packed: PackedPackageName; readonly from?: string; readonly mode?: number })
  | (Placed & { readonly content: string; readonly mode?: number })
  | (Placed & { readonly folder: true; readonly mode: number })
  | (Placed & { readonly link: string });

/** A line of /etc/passwd, with a group of the same name and number. */
export interface User {
  readonly name: string;
  readonly id: number;
  readonly home: string;
  /** @default /usr/sbin/nologin */
  readonly shell?: string;
}

/** Where the version that an image really holds is read. */
export type VersionSource =
  | { readonly tool: ToolName }
  | { readonly package: string }
  | { readonly packed: PackedPackageName }
  | { readonly own: string };

/** How one image is assembled: data only, so that what it depends on can be told without having it. */
export interface Recipe {
  readonly image: ImageName;
  /** The layer below. @default none: the image holds its parts alone */
  readonly root?: RootName;
  readonly version: VersionSource;
  readonly parts: readonly Part[];
  readonly users?: readonly User[];
  readonly config: ImageConfig;
}

const partVersion = (part: Part): string | undefined => {
  if ('tool' in part) return tools[part.tool].version;
  if ('module' in part) return moduleFiles[part.module].version;
  if ('packed' in part) return packedPackages[part.packed].version;
  return undefined;
};

/** Raised when the way of assembling changes while recipes and versions stay. */
const FORMAT = 1;

/**
 * Names everything that `recipe` depends on: pinned versions, packages of its root, its own text. It needs none of
 * those at hand, so a supply that was carried here is found without its sources.
 */
export function recipeKey(recipe: Recipe): string {
  const inputs = {
    format: FORMAT,
    architecture,
    reference: images[recipe.image].reference,
    recipe,
    versions: recipe.parts.map(partVersion),
    root: recipe.root && describeRoot(recipe.root),
  };
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}
