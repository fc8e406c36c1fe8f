/** The plugin's own keys and passwords, and a first delivery that only says where it would have pushed. */
import { appendFileSync } from 'node:fs';
import { main } from '@pulumi/pulumi/provider';
import { silentProgress } from '../../../core/progress';
import { createPlugin } from '../../../infra/provider/plugin';
import { deployKey } from '../../../infra/provider/types/deploy-key';
import { firstDelivery } from '../../../infra/provider/types/first-delivery';
import { randomPassword } from '../../../infra/provider/types/random-password';

const { provider } = createPlugin({
  version: '0.1.0',
  types: {
    DeployKey: deployKey,
    RandomPassword: randomPassword,
    FirstDelivery: firstDelivery(async ({ url, branch }) => {
      appendFileSync(`${process.env['GITHUB_STAND_IN']!}.log`, `deliver ${url} ${branch}\n`);
      return { commit: '3f2c1ab' };
    }),
  },
  progress: () => silentProgress,
});

// a run that fails cancels its providers; this one serves the next run too
void main({ ...provider, cancel: async () => undefined }, process.argv.slice(2));
