import { parse } from 'yaml';
import type { ApiServer } from '../../../infra/kubernetes/api-client';

interface Kubeconfig {
  readonly clusters?: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string };
  }[];
  readonly users?: readonly {
    readonly user: { readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string };
  }[];
}

const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

/** The one cluster and user of the kubeconfig that kind writes. */
export function readKubeconfig(text: string): ApiServer {
  const { clusters = [], users = [] } = (parse(text) ?? {}) as Kubeconfig;
  const cluster = clusters[0]?.cluster;
  if (cluster === undefined) {
    throw new Error('the kubeconfig names no cluster');
  }
  const authority = cluster['certificate-authority-data'];
  const certificate = users[0]?.user['client-certificate-data'];
  const key = users[0]?.user['client-key-data'];
  return {
    url: cluster.server,
    ...(authority !== undefined && { ca: decoded(authority) }),
    ...(certificate !== undefined && { certificate: decoded(certificate) }),
    ...(key !== undefined && { key: decoded(key) }),
  };
}
