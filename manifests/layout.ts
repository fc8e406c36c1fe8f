/**
 * Where rendered objects live below `dist/`, in one place because Argo CD's projects and sets depend on it:
 * `<environment>/<service>/` is synced by the environment's project, `<environment>/platform/` by the platform's
 * project alone (the catalog reserves the name), and `argocd/` by the Application that the bootstrap made.
 */
export { platformFolder } from '../apps/reserved';

/** Projects and sets of Argo CD, and the policies that hold before these deploy anything. */
export const deliveryFolder = 'argocd';

/** The file of one object; `folder` is relative to `dist/`. */
export function objectPath(folder: string, kind: string, name: string): string {
  return `${folder}/${kind}.${name}.yaml`;
}

/** Beside a service's objects and none itself, so its name does not end like a manifest's. */
export const releaseFile = 'release.params';
