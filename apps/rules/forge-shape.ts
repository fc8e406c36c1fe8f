import type { ForgeProps, GithubAuthentication, GithubForgeProps, LocalForgeProps } from '../model';
import { isRecord, listOf, object, oneOf, recordOf, type Shape } from '../shape';
import * as texts from './texts';

const type = oneOf('a type of forge', ['local', 'github']);
const repository = { repository: texts.repositoryName, branch: texts.branch };

const localForge = object('a forge', { organization: texts.repositoryName }, { type, ...repository });

const token = object('an authentication', { type: oneOf('a way to authenticate', ['token', 'app']) }, {});
const app = object(
  'an authentication',
  { type: oneOf('a way to authenticate', ['app', 'token']), appId: texts.githubId, installationId: texts.githubId },
  {},
);

/** What is asked for depends on the way. */
const authentication: Shape<GithubAuthentication> = {
  allowed: app.allowed,
  read: (value, place) =>
    (isRecord(value) && value['type'] === 'app' ? app : token).read(value, place) as GithubAuthentication,
};

const githubForge = object(
  'a forge',
  { organization: texts.githubOrganization, type },
  {
    ...repository,
    authentication,
    visibility: oneOf('a visibility', ['private', 'internal', 'public']),
    description: texts.sentence,
    topics: listOf('topics', texts.topic),
    labels: recordOf(
      'labels',
      texts.labelName,
      object('a label', { color: texts.color }, { description: texts.shortSentence }),
    ),
    mergeMethods: listOf('ways to merge', oneOf('a way to merge that keeps history linear', ['squash', 'rebase']), 1),
    requiredChecks: listOf('names of checks', texts.sentence),
    approvals: texts.approvals,
    automationAppId: texts.githubId,
    variables: recordOf('variables', texts.actionsName, texts.variableValue),
    secrets: recordOf(
      'secrets',
      texts.actionsName,
      object('a secret', {}, { environments: listOf('environments', texts.environmentName, 1) }),
    ),
    webhookUrl: texts.httpsUrl,
    sshPort: oneOf('a port of SSH', [22, 443]),
  },
);

/** Which keys a forge has depends on its type. */
export const forgeShape: Shape<ForgeProps> = {
  allowed: localForge.allowed,
  read: (value, place) =>
    isRecord(value) && value['type'] === 'github'
      ? (githubForge.read(value, place) as GithubForgeProps)
      : (localForge.read(value, place) as LocalForgeProps),
};
