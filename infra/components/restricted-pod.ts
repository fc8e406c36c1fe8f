/**
 * How pods of the platform run: as nobody, with nothing that Pod Security's level "restricted" forbids.
 *
 * @param user of the processes, and of the files on volumes where `ownsVolumes`
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function restrictedPod(user: number, { ownsVolumes = false } = {}) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    ...(ownsVolumes && { fsGroup: user }),
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** The same for a container, whose root stays as its image made it. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
