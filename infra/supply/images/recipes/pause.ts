import type { Recipe } from '../recipe';

/** The process that holds a pod's namespaces. */
export const pause: Recipe = {
  image: 'pause',
  version: { tool: 'pause' },
  parts: [{ path: 'pause', tool: 'pause' }],
  config: { User: '65535:65535', Entrypoint: ['/pause'] },
};
