import os from 'node:os';
import path from 'node:path';

/** The root of the project that this code belongs to. */
export const projectRoot = path.resolve(__dirname, '..');

/** This project's own state on this machine: kubeconfig, Pulumi state, passphrase. Git ignores it. */
export function stateFolder(root: string = projectRoot): string {
  return path.join(root, '.slipway');
}

/**
 * Tools and images by version, shared by every project of this user.
 *
 * @default $SLIPWAY_CACHE, else $XDG_CACHE_HOME/slipway, else ~/.cache/slipway
 */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  return path.resolve(process.env['SLIPWAY_CACHE'] || path.join(base, 'slipway'));
}
