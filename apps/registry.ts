import type { ClusterProps, Registry, RegistryProps } from './model';

/** The Secret with which pods pull, in the namespace of every environment. */
const pullSecret = 'registry-pull';

/** The platform's own registry: its name in image references, whatever port it listens on. */
export function localRegistryHost(domain: string): string {
  return `registry.${domain}`;
}

function below(host: string, namespace: string | undefined): Pick<Registry, 'host' | 'repositories'> {
  return { host, repositories: namespace === undefined ? host : `${host}/${namespace}` };
}

/** The registry that an existing cluster pulls from; undefined where the platform brings its own. */
export function registryBeside(
  cluster: ClusterProps,
): { readonly host: string; readonly pushAddress: string } | undefined {
  if (cluster.driver !== 'existing') return undefined;
  const { host, pushAddress = host.split('/')[0]! } = cluster.registry;
  return { host, pushAddress };
}

/**
 * What a registry's setting comes to.
 *
 * @param beside the registry that the cluster brings. @default the platform's own
 */
export function resolveRegistry(
  props: RegistryProps | undefined,
  domain: string,
  beside?: { readonly host: string; readonly pushAddress: string },
): Registry {
  const localHost = beside?.host ?? localRegistryHost(domain);
  switch (props?.type) {
    case 'ghcr':
    case 'docker-hub':
    case 'own': {
      const host = props.type === 'own' ? props.host : props.type === 'ghcr' ? 'ghcr.io' : 'docker.io';
      const secret = props.publicImages === true ? {} : { pullSecret };
      return { type: props.type, localHost, ...below(host, props.namespace), ...secret };
    }
    case 'ecr': {
      const { accountId, region, pushRole } = props;
      const china = region.startsWith('cn-') ? '.cn' : '';
      const host = `${accountId}.dkr.ecr.${region}.amazonaws.com${china}`;
      // a token lasts half a day; nodes pull with the role of their machine
      return { type: 'ecr', localHost, ...below(host, props.namespace), region, ...(pushRole && { pushRole }) };
    }
    default:
      return {
        type: 'local',
        localHost,
        ...below(localHost, undefined),
        ...(beside && { pushAddress: beside.pushAddress }),
      };
  }
}
