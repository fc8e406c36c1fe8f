import * as pulumi from '@pulumi/pulumi';
import type { GithubForge as GithubFacts } from '../../apps/model';
import { ArgoCdWebhook } from '../components/argo-cd-webhook';
import { GithubAccess, type GithubAccessArgs } from '../components/github-access';
import { GithubForge } from '../components/github-forge';
import { GithubRuleset } from '../components/github-ruleset';
import type { ForgeNotifications } from '../components/notifications';
import { githubApiUrl } from '../github/api';
import { readCredentials, type GithubCredentials } from '../github/credentials';
import { readAdoptions } from '../github/adoptions';
import { repositoriesOf } from '../github/repositories';
import { readSecrets } from '../github/secrets';
import { FirstDelivery, RandomPassword } from '../provider/resources';
import type { Forge, ForgeSurroundings } from './forge';

function notificationsBy(credentials: GithubCredentials): ForgeNotifications {
  if (credentials.type === 'token') return { by: 'token', apiUrl: githubApiUrl };
  const { appId, installationId } = credentials;
  return { by: 'github-app', appId, installationId };
}

/** Repositories on github.com, which outlive the cluster. */
export function githubForge(facts: GithubFacts, { catalog, settings, cluster }: ForgeSurroundings): Forge {
  const adopt = readAdoptions();
  const credentials = readCredentials(facts.authentication);
  const github = new GithubForge('github', {
    forge: facts,
    repositories: repositoriesOf(catalog, facts),
    environments: catalog.environments,
    credentials,
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
    notifications: { forgeUrl: 'https://github.com', forge: notificationsBy(credentials) },
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
        notificationSecrets:
          credentials.type === 'token'
            ? { forgeToken: pulumi.secret(credentials.token) }
            : { gitHubPrivateKey: pulumi.secret(credentials.privateKey) },
        ready: [access, delivery],
      };
    },
  };
}
