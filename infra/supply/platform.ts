import { UserError } from '../../core/errors';

/** A system and an architecture in Go's words, which releases use too. */
export interface Platform {
  readonly os: 'linux' | 'darwin';
  readonly arch: 'amd64' | 'arm64';
}

/** @throws UserError on anything but Linux and macOS on x86-64 and ARM64 */
export function hostPlatform(os: string = process.platform, arch: string = process.arch): Platform {
  if ((os !== 'linux' && os !== 'darwin') || (arch !== 'x64' && arch !== 'arm64')) {
    throw new UserError(`no tools are published for ${os} on ${arch}`, {
      repair: 'use Linux or macOS on x86-64 or ARM64 (on Windows: inside WSL 2)',
    });
  }
  return { os, arch: arch === 'x64' ? 'amd64' : 'arm64' };
}
