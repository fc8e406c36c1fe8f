import type { Recipe } from '../recipe';
import { temporaryFolder } from './common';

export const metricsServer: Recipe = {
  image: 'metrics-server',
  version: { tool: 'metrics-server' },
  parts: [{ path: 'metrics-server', tool: 'metrics-server' }, temporaryFolder],
  config: { User: '65534:65534', Entrypoint: ['/metrics-server'] },
};
