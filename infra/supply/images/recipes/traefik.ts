import type { Recipe } from '../recipe';
import { temporaryFolder } from './common';

export const traefik: Recipe = {
  image: 'traefik',
  version: { tool: 'traefik' },
  parts: [{ path: 'usr/local/bin/traefik', tool: 'traefik' }, temporaryFolder],
  config: { Env: ['PATH=/usr/local/bin'], Entrypoint: ['/usr/local/bin/traefik'], ExposedPorts: { '80/tcp': {} } },
};
