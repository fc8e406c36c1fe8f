import type { Finding } from '../model';
import { nameOf, type DistObject } from '../tree/object';
import { podChanges } from './defaults';
import { effectOf, kept, listed, type EffectInput } from './rule';
import { referencesOf } from './references';
import { workloadsIn } from './workload';

/** Settings that change while the pods that read them at their start do not restart. */
export function* configWithoutRestart({ head, differences }: EffectInput): Generator<Finding> {
  const restarting = new Set(
    kept(differences)
      .filter(({ fields }) => podChanges(fields).length > 0)
      .map(({ after }) => after),
  );
  for (const difference of kept(differences)) {
    const { kind, namespace, name } = difference.after.identity;
    if (kind !== 'ConfigMap' && kind !== 'Secret') continue;
    if (!difference.fields.some(({ path }) => /^(?:data|binaryData|stringData)\b/.test(path))) continue;
    const readers = workloadsIn(head, namespace).filter(
      (workload) => !restarting.has(workload) && workload.text.includes(name) && reads(workload, kind, name).length > 0,
    );
    const atStart = readers.filter((workload) => reads(workload, kind, name).some((path) => path.startsWith('env')));
    if (readers.length === 0) continue;
    yield effectOf(difference, {
      rule: 'config-without-restart',
      severity: atStart.length > 0 ? 'warning' : 'info',
      message:
        atStart.length > 0
          ? 'running pods keep the old values until they are restarted'
          : 'running pods see the new files after about a minute',
      reason: `${listed(readers.map(({ identity }) => nameOf(identity)))} ${readers.length === 1 ? 'reads' : 'read'} it, and no pod template changes`,
      ...(atStart.length > 0 && { repair: 'put a hash of the values into an annotation of the pod template' }),
    });
  }
}

function reads(workload: DistObject, kind: string, name: string): string[] {
  return referencesOf(workload)
    .filter((reference) => reference.kind === kind && reference.name === name)
    .map(({ path }) => path);
}
