import type { Recipe } from '../recipe';
import { temporaryFolder } from './common';

/** The image's settings; each can be changed by a variable, as `REGISTRY_HTTP_ADDR`. */
const CONFIG = `version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
  tag:
    concurrencylimit: 5
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`;

export const registry: Recipe = {
  image: 'registry',
  version: { tool: 'registry' },
  parts: [
    { path: 'bin/registry', tool: 'registry' },
    { path: 'etc/distribution/config.yml', content: CONFIG },
    { path: 'var/lib/registry', folder: true, mode: 0o755 },
    temporaryFolder,
  ],
  config: {
    // without it the registry looks for a trace collector on loopback for ever
    Env: ['PATH=/bin', 'OTEL_TRACES_EXPORTER=none'],
    Entrypoint: ['/bin/registry', 'serve'],
    Cmd: ['/etc/distribution/config.yml'],
    ExposedPorts: { '5000/tcp': {} },
    Volumes: { '/var/lib/registry': {} },
  },
};
