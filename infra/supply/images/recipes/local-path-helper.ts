import type { Recipe } from '../recipe';
import { PATH, temporaryFolder } from './common';

/** The shell, `mkdir` and `rm` with which the provisioner makes and removes a volume's folder. */
export const localPathHelper: Recipe = {
  image: 'local-path-helper',
  root: 'network',
  version: { own: 'debian-12' },
  parts: [temporaryFolder],
  config: { Env: [PATH], Cmd: ['/bin/sh'] },
};
