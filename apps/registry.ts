import type { Registry, RegistryProps } from './model';

/** The Secret with which pods pull, in the namespace of every environment. */
const pullSecret = 'registry-pull';

/** The platform's own registry: its name in image references, whatever port it listens on. */
export function localRegistryHost(domain: string): string {
  return `registry.${domain}`;
}

function below(host: string, namespace: string | undefined): Pick<Registry, 'host' | 'repositories'> {
  return { host, repositories: namespace === undefined ? host : `${host}/${namespace}` };
}

/** What a registry's setting comes to. */
export function resolveRegistry(props: RegistryProps | undefined, domain: string): Registry {
  const localHost = localRegistryHost(domain);
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
      return { type: 'local', localHost, ...below(localHost, undefined) };
  }
}
