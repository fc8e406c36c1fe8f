import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation';
import { writeFileAtomic } from '../../core/files';
import { USER_KUBECONFIG } from '../../infra/cluster';
import type { StateFiles } from './project';
import { STACK } from './settings';
import { searchPath } from './tools';

/** Passphrase of the secrets in the state; made once, readable by its owner alone. */
export function passphraseFile(project: StateFiles): string {
  return path.join(project.state, 'passphrase');
}

/** Where the engine keeps its state and its locks. */
export function backendFolder(project: StateFiles): string {
  return path.join(project.state, 'state');
}

/** The user's own kubeconfig, which a driver may read a context from, under a name that the platform's does not hide. */
function userKubeconfig({ kubeconfig }: StateFiles): Record<string, string> {
  const given = process.env['KUBECONFIG'];
  const own = given === kubeconfig ? process.env[USER_KUBECONFIG] : given;
  return own ? { [USER_KUBECONFIG]: own } : {};
}

/**
 * What the Pulumi engine has to be told to work on this project's stack: where its state lies, the passphrase, the
 * supply's commands, and that nothing is to be downloaded behind our back.
 */
export function pulumiEnvironment(project: StateFiles): Readonly<Record<string, string>> {
  return {
    PATH: searchPath(project),
    KUBECONFIG: project.kubeconfig,
    ...userKubeconfig(project),
    PULUMI_BACKEND_URL: `file://${backendFolder(project)}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(project),
    PULUMI_HOME: path.join(project.state, 'pulumi'),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_IGNORE_AMBIENT_PLUGINS: 'false',
    // every provider among the packages would be looked for, those of other forges as well
    PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: 'true',
    // a cluster that is gone takes its objects along; without this they could be neither refreshed nor removed
    PULUMI_K8S_DELETE_UNREACHABLE: 'true',
  };
}

/** Makes the folders and the passphrase that a stack needs; what is there stays as it is. */
export async function ensureBackend(project: StateFiles): Promise<void> {
  await mkdir(backendFolder(project), { recursive: true, mode: 0o700 });
  await mkdir(path.join(project.state, 'logs'), { recursive: true, mode: 0o700 });
  const file = passphraseFile(project);
  const exists = await stat(file).then(
    () => true,
    () => false,
  );
  if (!exists) await writeFileAtomic(file, `${randomBytes(32).toString('base64url')}\n`, 0o600);
}

/** Whether a stack was ever made, and so may hold something. */
export async function hasStack(project: StateFiles): Promise<boolean> {
  const folder = path.join(backendFolder(project), '.pulumi/stacks/slipway');
  return (await readdir(folder).catch(() => [] as string[])).some((file) => file.startsWith(`${STACK}.json`));
}

/** Variable by which what `up` starts learns of the lock that `up` holds while it makes the supply. */
export const SUPPLY_LOCK = 'SLIPWAY_SUPPLY_LOCK';

export function supplyLock(project: StateFiles): string {
  return path.join(project.state, 'supply.lock');
}

/** What the user allowed; true unless said otherwise. */
export interface Allowances {
  /** Compiling tools that cannot be downloaded. */
  readonly build?: boolean;
  /** Installing system packages. */
  readonly install?: boolean;
}

/** How the provider, which the engine starts, learns what was not allowed. */
const refusals = ({ build, install }: Allowances): Record<string, string> => ({
  ...(build === false && { SLIPWAY_NO_BUILD: '1' }),
  ...(install === false && { SLIPWAY_NO_INSTALL: '1' }),
});

/** The project's stack, run by the pinned engine of the supply. */
export async function openStack(project: StateFiles, allowed: Allowances = {}): Promise<Stack> {
  await ensureBackend(project);
  // this library takes a third of a second to load, which commands that do not need it should not pay
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const automation = require('@pulumi/pulumi/automation') as typeof import('@pulumi/pulumi/automation');
  const { LocalWorkspace, PulumiCommand } = automation;
  const pulumiCommand = await PulumiCommand.get({ root: project.state, skipVersionCheck: true });
  return LocalWorkspace.createOrSelectStack(
    { stackName: STACK, workDir: project.root },
    {
      pulumiCommand,
      envVars: { ...pulumiEnvironment(project), ...refusals(allowed), [SUPPLY_LOCK]: supplyLock(project) },
      secretsProvider: 'passphrase',
    },
  );
}
