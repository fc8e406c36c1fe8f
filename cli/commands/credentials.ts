import { fstatSync } from 'node:fs';
import { UserError } from '../../core/errors';
import type { CommandContext } from '../context';
import { readCredentials, type CredentialsOwner } from '../platform/forge';
import { createKubectl } from '../platform/kubectl';
import { loadProject } from '../platform/project';

/** A file keeps a password long after it was needed, where others read it: a log most of all. */
export function refuseFile(descriptor: number, owner: string): void {
  if (fstatSync(descriptor).isFile()) {
    throw new UserError('standard output is a file, and a password does not belong in one', {
      repair: `print it on a terminal, or hand it on through a pipe: npx slipway credentials ${owner} --json | ...`,
    });
  }
}

export async function credentials(
  { root, signal, out }: CommandContext,
  flags: { readonly json?: boolean },
  owner: string,
): Promise<void> {
  const project = await loadProject(root);
  if (owner === 'git' && project.catalog.platform.forge.type === 'github') {
    throw new UserError('the platform is on GitHub, where everybody signs in with an account of their own');
  }
  const found = await readCredentials(createKubectl(project, signal), owner as CredentialsOwner);
  refuseFile(1, owner);
  out(flags.json ? JSON.stringify(found) : `user      ${found.username}\npassword  ${found.password}`);
}
