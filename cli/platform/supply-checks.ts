import { describeError } from '../../core/errors';
import { formatSeconds } from '../../core/progress';
import type { Supply, SupplyPlan } from '../../infra/supply';
import { images } from '../../infra/versions';
import { GIB, type Check } from './check';
import type { Project } from './project';

export interface SupplyCheckOptions {
  readonly supply: Supply;
  /** False: what has to be compiled is broken, not handled. @default true */
  readonly build?: boolean;
}

/** The first of many reasons, and how many more there are. */
function briefly([first = 'no reason', ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first}, and ${more.length} more`;
}

/** Where tools and images come from, and what stands in for which. */
export async function supplyChecks(
  options: SupplyCheckOptions,
): Promise<{ readonly plan: SupplyPlan | undefined; readonly checks: readonly Check[] }> {
  const name = 'supply';
  try {
    const plan = await options.supply.plan();
    const missing = plan.items.filter(({ how }) => how !== 'cached');
    const builds = missing.filter(({ how }) => how === 'build');
    const time = formatSeconds(plan.seconds);
    const disk = `${(plan.diskBytes / GIB).toFixed(1)} GiB`;
    const check: Check =
      missing.length === 0
        ? { name, state: 'ok', finding: `all ${plan.items.length} tools, images and manifests are in the cache` }
        : builds.length > 0 && options.build === false
          ? {
              name,
              state: 'broken',
              finding: `${builds.length} tools and images would have to be built (${briefly(plan.reasons)})`,
              repair: 'leave out --no-build, or load a supply archive: npx slipway supply load <file>',
            }
          : {
              name,
              state: 'handled',
              finding: `${missing.length - builds.length} to download, ${builds.length} to build: about ${time} and ${disk} of disk (${briefly(plan.reasons)})`,
            };
    return {
      plan,
      checks: [
        check,
        ...plan.substitutions.map((line): Check => ({ name: 'substitute', state: 'warning', finding: line })),
      ],
    };
  } catch (error) {
    return { plan: undefined, checks: [{ name, state: 'broken', finding: describeError(error).split('\n')[0]! }] };
  }
}

/**
 * What a highly available Argo CD needs besides: HAProxy, which can only be pulled, and three nodes. None where one of
 * each part will do.
 */
export async function argoCdChecks(
  { catalog }: Pick<Project, 'catalog'>,
  { supply }: SupplyCheckOptions,
  plan: SupplyPlan | undefined,
): Promise<readonly Check[]> {
  const { argocd, cluster } = catalog.platform;
  if (!argocd.highAvailability) return [];
  const name = 'argo cd';
  const existing = cluster.driver === 'existing';
  const pulls = existing ? !cluster.registry.mirrorsEverything : plan?.mode !== 'build';
  if (!pulls) {
    const missing = await supply.image(images.haproxy.reference).then(
      () => undefined,
      (error: unknown) => describeError(error).split('\n')[0]!,
    );
    if (missing !== undefined) {
      return [
        {
          name,
          state: 'broken',
          finding: `highly available, for which HAProxy is needed: ${missing}`,
          repair: 'make its registry reachable, or remove argocd.highAvailability from apps/platform.ts',
        },
      ];
    }
  }
  const finding = `highly available: three copies of Redis behind HAProxy, each on a node of its own of tier backstage${
    existing ? '; three such nodes have to be there' : ''
  }`;
  return [{ name, state: 'ok', finding }];
}

/** What serves the Ingresses. */
export function ingressCheck({ catalog }: Project, plan: SupplyPlan | undefined): Check {
  const name = 'ingress';
  if (catalog.platform.ingress === 'traefik') return { name, state: 'ok', finding: 'Traefik serves the class nginx' };
  if (plan?.mode === 'build') {
    return {
      name,
      state: 'handled',
      finding: 'ingress-nginx cannot be had here; Traefik serves the same Ingresses in its place',
    };
  }
  return {
    name,
    state: 'warning',
    finding:
      "ingress-nginx's upstream was archived in March 2026 and gets no more fixes; `ingress: 'traefik'` in apps/platform.ts is the way out",
  };
}
