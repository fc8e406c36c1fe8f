/** Refuse, record and warn about pods that are not "restricted", by the rules of one release: `v1.36.1`. */
export function podSecurityLabels(kubernetesVersion: string): Record<string, string> {
  const release = kubernetesVersion.split('.').slice(0, 2).join('.');
  return Object.fromEntries(
    ['enforce', 'audit', 'warn'].flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, 'restricted'],
      [`pod-security.kubernetes.io/${mode}-version`, release],
    ]),
  );
}
