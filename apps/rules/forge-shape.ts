import type { ForgeProps, GithubAuthentication, GithubForgeProps, LocalForgeProps } from '../model';
import { isRecord, listOf, object, oneOf, recordOf, type Shape } from '../shape';
import * as forgeTexts from './forge-texts';
import * as texts from './texts';

const type = oneOf('a type of forge', ['local', 'github']);
const repository = { repository: forgeTexts.repositoryName, branch: forgeTexts.branch };

const localForge = object('a forge', { organization: forgeTexts.repositoryName }, { type, ...repository });

const token = object('an authentication', { type: oneOf('a way to authenticate', ['token', 'app']) }, {});
const app = object(
  'an authentication',
  {
    type: oneOf('a way to authenticate', ['app', 'token']),
    appId: forgeTexts.githubId,
    installationId: forgeTexts.githubId,
  },
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
  { organization: forgeTexts.githubOrganization, type },
  {
    ...repository,
    authentication,
    visibility: oneOf('a visibility', ['private', 'internal', 'public']),
    description: texts.sentence,
    topics: listOf('topics', forgeTexts.topic),
    labels: recordOf(
      'labels',
      forgeTexts.labelName,
      object('a label', { color: forgeTexts.color }, { description: forgeTexts.shortSentence }),
    ),
    mergeMethods: listOf('ways to merge', oneOf('a way to merge that keeps history linear', ['squash', 'rebase']), 1),
    requiredChecks: listOf('names of checks', texts.sentence),
    approvals: forgeTexts.approvals,
    automationAppId: forgeTexts.githubId,
    variables: recordOf('variables', forgeTexts.actionsName, texts.variableValue),
    secrets: recordOf(
      'secrets',
      forgeTexts.actionsName,
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
