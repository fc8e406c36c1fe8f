import type { Platform } from '../platform';

/** The first entries of an archive; everything else is a part that the index names. */
export const UNPACK = 'unpack.sh';
export const INDEX = 'index.json';
export const SUMS = 'sha256sums';

/** One file of the archive. */
export interface ArchivePart {
  /** In the archive, and in the cache after loading. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly executable: boolean;
}

export interface ArchiveIndex {
  readonly format: 'slipway-supply';
  readonly formatVersion: 1;
  readonly platform: Platform;
  /** The Debian release that the system packages are of, as `debian-12`; missing where there are none. */
  readonly system?: string;
  readonly commit?: string;
  readonly parts: readonly ArchivePart[];
}

/** Folders of the cache that are carried, and how they are called in the archive. */
export const CARRIED = ['tools', 'files', 'manifests', 'images', 'npm', 'packages'] as const;

/** The project's history, from which `unpack.sh` clones. */
export const BUNDLE = 'project.bundle';

/** Whether a path may be written below the cache: a known folder, nothing that climbs out of it. */
export function isSafePath(path: string): boolean {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\\'))) return false;
  if (parts.length === 1) return path === BUNDLE || path === 'digests.json';
  return (CARRIED as readonly string[]).includes(parts[0]!);
}

/** What the project's own command loads when it is there. */
const LATER = CARRIED.filter((folder) => folder !== 'npm')
  .map((folder) => `--exclude '${folder}/*'`)
  .join(' ');

/**
 * Sets a project up on a machine with no network: clones it from the archive, installs its npm packages out of it and
 * loads the rest. It is run before anything of the project is there, hence plain sh.
 */
export const unpackScript = `#!/bin/sh
# Sets Slipway up from a supply archive, with no network:
#   tar -xOf supply.tar ${UNPACK} | sh -s -- supply.tar [folder]
set -eu
archive=\${1:?the supply archive}
folder=\${2:-slipway}
for command in git node npm sha256sum tar; do
  command -v "$command" >/dev/null || { echo "unpack: $command is not installed" >&2; exit 1; }
done
[ ! -e "$folder" ] || { echo "unpack: $folder is there already; name another folder" >&2; exit 1; }
case $archive in /*) ;; *) archive=$PWD/$archive ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "unpacking the project and its npm packages" >&2
tar -xf "$archive" -C "$work" ${LATER}
(cd "$work" && sha256sum --check --quiet --ignore-missing ${SUMS})
git clone --quiet "$work/${BUNDLE}" "$folder"
cd "$folder"
git remote remove origin
npm ci --offline --no-audit --no-fund --cache "$work/npm" >&2
node cli/bin.js supply load "$archive"
echo "ready: cd $folder && npm run up" >&2
`;
