import * as pulumi from '@pulumi/pulumi';
import { discovers } from '../../apps/derived';
import type { GithubForge as GithubFacts } from '../../apps/model';
import { UserError } from '../../core/errors';
import { ArgoCdWebhook } from '../components/argo-cd-webhook';
import { DiscoveryAccess } from '../components/discovery-access';
import { GithubAccess, type GithubAccessArgs } from '../components/github-access';
import { GithubForge } from '../components/github-forge';
import { GithubRuleset } from '../components/github-ruleset';
import type { ForgeNotifications } from '../components/notifications';
import { githubApiUrl } from '../github/api';
import { readCredentials } from '../github/credentials';
import { readAdoptions } from '../github/adoptions';
import { repositoriesOf } from '../github/repositories';
import { readSecrets } from '../github/secrets';
import { FirstDelivery, RandomPassword } from '../provider/resources';
import type { Forge, ForgeSurroundings, PlatformCopy } from './forge';

/**
 * What tells commits of their fate lives in the cluster, so it gets credentials of its own that can set statuses and
 * nothing else, never those that make repositories: `notificationsToken`, or the key of a GitHub App for this.
 */
function notificationsOf(config: pulumi.Config): Pick<PlatformCopy, 'notificationSecrets'> & {
  readonly forge?: ForgeNotifications;
} {
  const gitHubPrivateKey = config.getSecret('notificationsKey');
  if (gitHubPrivateKey !== undefined) {
    const appId = config.requireNumber('notificationsAppId');
    const installationId = config.requireNumber('notificationsInstallationId');
    return { forge: { by: 'github-app', appId, installationId }, notificationSecrets: { gitHubPrivateKey } };
  }
  const forgeToken = config.getSecret('notificationsToken');
  if (forgeToken === undefined) return { notificationSecrets: {} };
  return { forge: { by: 'token', apiUrl: githubApiUrl }, notificationSecrets: { forgeToken } };
}

/** A token of its own that reads repositories, since a deploy key opens one that is known. */
function discoveryToken(): pulumi.Output<string> {
  const token = new pulumi.Config('slipway').getSecret('discoveryToken');
  if (token !== undefined) return token;
  throw new UserError('`discovery` needs a token of GitHub that lists and reads the repositories of the organization', {
    repair: 'pulumi config set --secret slipway:discoveryToken, or take `discovery` out of apps/platform.ts',
  });
}

/** Repositories on github.com, which outlive the cluster. */
export function githubForge(facts: GithubFacts, { catalog, settings, cluster }: ForgeSurroundings): Forge {
  const adopt = readAdoptions();
  const readsAll = discovers(catalog) ? discoveryToken() : undefined;
  const told = notificationsOf(new pulumi.Config('slipway'));
  const github = new GithubForge('github', {
    forge: facts,
    repositories: repositoriesOf(catalog, facts),
    environments: catalog.environments,
    credentials: readCredentials(facts.authentication),
    secrets: readSecrets(facts),
    adopt,
  });
  const { repository: repositoryName, httpUrl, branch, webhookUrl } = facts;
  const outside = { providers: [github.provider] };
  const { repository } = github.platform;

  const webhook = (argoCd: readonly pulumi.Resource[]): GithubAccessArgs['webhook'] | undefined => {
    if (webhookUrl === undefined) return undefined;
    const secret = new RandomPassword('github-webhook').value;
    const key = 'webhook.github.secret';
    const listener = new ArgoCdWebhook('github', { key, secret }, { ...cluster.inside(), dependsOn: [...argoCd] });
    return { url: webhookUrl, secret, listener };
  };

  return {
    apiUrl: githubApiUrl,
    webUrl: httpUrl.replace(/\.git$/, ''),
    names: {},
    notifications: { forgeUrl: 'https://github.com', ...(told.forge && { forge: told.forge }) },
    aliases: [],
    open({ services, argoCd }) {
      const known = webhook(argoCd.definitions);
      const access = new GithubAccess(
        `github-${repositoryName}-argo-cd`,
        { repositoryName, repository, platform: settings.name, adopt, ...(known && { webhook: known }) },
        outside,
      );
      const { registryAddress } = cluster;
      const delivery = new FirstDelivery(
        'github',
        { url: httpUrl, branch, registryHost: catalog.platform.registry.localHost, registryAddress },
        // the history of a repository is not lost with the stack that began it
        { dependsOn: [github.platform, services], retainOnDelete: true },
      );
      if (readsAll !== undefined) {
        new DiscoveryAccess(
          'discovery',
          {
            prefix: `https://github.com/${facts.organization}/`,
            username: 'x-access-token',
            token: readsAll,
            listing: true,
          },
          { ...cluster.inside(), dependsOn: [...argoCd.definitions] },
        );
      }
      // from here on the branch takes pull requests alone
      new GithubRuleset(
        `github-${repositoryName}-branch`,
        {
          repositoryName,
          repository,
          branch,
          requiredChecks: facts.requiredChecks,
          forge: facts,
          adopt,
          after: delivery,
        },
        outside,
      );
      return {
        credential: { sshPrivateKey: access.sshPrivateKey },
        commit: delivery.commit,
        notificationSecrets: told.notificationSecrets,
        ready: [access, delivery],
      };
    },
  };
}
