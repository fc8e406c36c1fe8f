import type { FieldChange } from '../model';

/**
 * What the API server fills in where a pod template says nothing, by the end of the path. Writing it out, or leaving it
 * out again, changes no pod.
 */
const podDefaults: readonly (readonly [RegExp, unknown])[] = [
  [/\.protocol$/, 'TCP'],
  [/\.restartPolicy$/, 'Always'],
  [/\.dnsPolicy$/, 'ClusterFirst'],
  [/\.schedulerName$/, 'default-scheduler'],
  [/\.terminationGracePeriodSeconds$/, 30],
  [/\.terminationMessagePath$/, '/dev/termination-log'],
  [/\.terminationMessagePolicy$/, 'File'],
  [/\.enableServiceLinks$/, true],
  [/\.(?:hostNetwork|hostPID|hostIPC)$/, false],
  [/\.httpGet\.scheme$/, 'HTTP'],
  [/Probe\.timeoutSeconds$/, 1],
  [/Probe\.periodSeconds$/, 10],
  [/Probe\.successThreshold$/, 1],
  [/Probe\.failureThreshold$/, 3],
  [/Probe\.initialDelaySeconds$/, 0],
  [/\.(?:configMap|secret|projected)\.defaultMode$/, 420],
  [/\.valueFrom\.fieldRef\.apiVersion$/, 'v1'],
];

/** Fields of the pod template whose change makes new pods. */
export function podChanges(fields: readonly FieldChange[]): readonly FieldChange[] {
  return fields.filter((field) => field.path.startsWith('spec.template') && !isDefault(field));
}

function isDefault({ path, before, after }: FieldChange): boolean {
  if (before !== undefined && after !== undefined) return false;
  const value = before ?? after;
  return podDefaults.some(([end, usual]) => value === usual && end.test(path));
}
