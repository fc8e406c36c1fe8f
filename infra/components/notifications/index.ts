import { stringify } from 'yaml';
import { outcomes } from './outcomes';
import { templateDefinition } from './templates';
import { triggerDefinition, triggers, type TriggerName } from './triggers';

/** How commits of the forge hear what became of them. */
export type ForgeNotifications =
  /** Statuses by a token, under `forge-token` of the secret: Gitea's API, or GitHub's without deployments. */
  | { readonly by: 'token'; readonly apiUrl: string }
  /** Statuses and deployments by a GitHub App, whose private key is under `github-privateKey` of the secret. */
  | {
      readonly by: 'github-app';
      readonly appId: number;
      readonly installationId: number;
      /** @default GitHub's own */
      readonly apiUrl?: string;
    };

export interface SlackNotifications {
  /** Without `#`. */
  readonly channel: string;
  /** @default Slack's own */
  readonly apiUrl?: string;
}

export interface NotificationSettings {
  /** Address of Argo CD's web page. */
  readonly argocdUrl: string;
  /** Address of the forge's web page. */
  readonly forgeUrl: string;
  /** @default commits are told nothing */
  readonly forge?: ForgeNotifications | undefined;
  /** The bot's token is under `slack-token` of the secret. @default nothing is told there */
  readonly slack?: SlackNotifications | undefined;
}

/** Keys of `argocd-notifications-secret`. */
export const notificationSecrets = {
  forgeToken: 'forge-token',
  gitHubPrivateKey: 'github-privateKey',
  slackToken: 'slack-token',
} as const;

/** Applications of services, and neither environments nor the one that brings the others. */
const services = 'slipway.dev/service';

const ofCommits: readonly TriggerName[] = ['running', 'healthy', 'degraded', 'sync-failed', 'unreadable'];
const ofPeople: readonly TriggerName[] = ['deployed', 'degraded', 'sync-failed', 'unreadable', 'removed'];

function forgeService(forge: ForgeNotifications): readonly [key: string, definition: object] {
  if (forge.by === 'github-app') {
    const { appId: appID, installationId: installationID, apiUrl } = forge;
    const privateKey = `$${notificationSecrets.gitHubPrivateKey}`;
    const enterprise = apiUrl !== undefined && { enterpriseBaseURL: apiUrl };
    return ['service.github', { appID, installationID, privateKey, ...enterprise }];
  }
  const headers = [
    // Gitea knows this spelling and GitHub too
    { name: 'Authorization', value: `token $${notificationSecrets.forgeToken}` },
    { name: 'Content-Type', value: 'application/json' },
  ];
  return ['service.webhook.forge', { url: forge.apiUrl, headers }];
}

/**
 * `argocd-notifications-cm`: what became of a release is told to the commit that it was built from, to the forge's
 * deployments where it has them, and to people.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/
 */
export function notifications(settings: NotificationSettings): Readonly<Record<string, string>> {
  const { argocdUrl, forgeUrl, forge, slack } = settings;
  const subscriptions = [
    ...(forge?.by === 'token' ? [{ recipients: ['forge'], triggers: ofCommits, selector: services }] : []),
    ...(forge?.by === 'github-app'
      ? [{ recipients: ['github'], triggers: [...ofCommits, 'removed'], selector: services }]
      : []),
    ...(slack ? [{ recipients: [`slack:${slack.channel}`], triggers: ofPeople, selector: services }] : []),
  ];
  const slackService = slack && {
    token: `$${notificationSecrets.slackToken}`,
    ...(slack.apiUrl !== undefined && { apiURL: slack.apiUrl }),
  };
  const data: Readonly<Record<string, unknown>> = {
    context: { argocdUrl, forgeUrl },
    ...(forge && Object.fromEntries([forgeService(forge)])),
    ...(slackService && { 'service.slack': slackService }),
    ...Object.fromEntries(
      Object.entries(triggers).map(([name, trigger]) => [`trigger.${name}`, triggerDefinition(trigger)]),
    ),
    ...Object.fromEntries(
      Object.entries(outcomes).map(([name, outcome]) => [`template.${name}`, templateDefinition(outcome)]),
    ),
    subscriptions,
  };
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }),
    ]),
  );
}
