import type { Recipe } from '../recipe';
import { PATH, temporaryFolder } from './common';

/** Makes volumes of folders on the node. */
export const localPath: Recipe = {
  image: 'local-path',
  version: { tool: 'local-path-provisioner' },
  parts: [{ path: 'usr/local/bin/local-path-provisioner', tool: 'local-path-provisioner' }, temporaryFolder],
  config: { Env: [PATH], Entrypoint: ['/usr/local/bin/local-path-provisioner'] },
};
