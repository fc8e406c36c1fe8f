import { hold as holdLocks, releaseHold as releaseLocks } from '../../delivery/hold';
import type { CommandContext } from '../context';
import { changeCopy, type LockFlags } from '../platform/lock-changes';

export interface HoldFlags extends LockFlags {
  readonly env: string;
  readonly reason: string;
}

export async function hold(context: CommandContext, flags: HoldFlags, ...services: readonly string[]): Promise<number> {
  const { env: environment, reason } = flags;
  const { exitCode } = await changeCopy(context, flags, {
    action: 'hold',
    environment,
    services,
    title: `hold ${services.join(', ')} in ${environment}`,
    work: (command) => holdLocks({ ...command, environment, services, reason }),
  });
  return exitCode;
}

export async function releaseHold(
  context: CommandContext,
  flags: Omit<HoldFlags, 'reason'> & { readonly reason?: string },
  ...services: readonly string[]
): Promise<number> {
  const { env: environment, reason } = flags;
  const { exitCode } = await changeCopy(context, flags, {
    action: 'release-hold',
    environment,
    services,
    title: `release the hold of ${services.join(', ')} in ${environment}`,
    work: (command) => releaseLocks({ ...command, environment, services, ...(reason !== undefined && { reason }) }),
  });
  return exitCode;
}
