import { rollback as rollBack } from '../../delivery/rollback';
import type { CommandContext } from '../context';
import { changeCopy, type LockFlags } from '../platform/lock-changes';

export interface RollbackFlags extends LockFlags {
  readonly env: string;
  readonly reason: string;
  readonly to?: string;
}

export async function rollback(context: CommandContext, flags: RollbackFlags, service: string): Promise<number> {
  const { env: environment, reason, to } = flags;
  const { exitCode } = await changeCopy(context, flags, {
    action: 'rollback',
    environment,
    services: [service],
    title: `roll back ${service} in ${environment}`,
    work: (command) => rollBack({ ...command, service, environment, reason, ...(to !== undefined && { to }) }),
  });
  return exitCode;
}
