import type { Outcome } from './outcomes';

/** GitHub cuts a description after so many characters; Gitea shows no more either. */
const descriptionLimit = 140;

const annotation = (name: string): string => `(index .app.metadata.annotations "slipway.dev/${name}")`;
const label = (name: string): string => `(index .app.metadata.labels "slipway.dev/${name}")`;

/** Statements before every text: templates of notifications cannot share definitions. */
function prelude({ reason = '' }: Outcome): string {
  return [
    `{{- $service := ${label('service')} -}}`,
    `{{- $environment := ${label('environment')} -}}`,
    `{{- $version := ${annotation('version')} -}}`,
    '{{- $reason := "" -}}',
    reason,
  ].join('');
}

const page = '{{ .context.argocdUrl }}/applications/{{ .app.metadata.namespace }}/{{ .app.metadata.name }}';
const context = '{{ printf "cd/%s/%s" $environment $service }}';

/** The outcome in one sentence, with the reason where there is one. */
function sentence(outcome: Outcome): string {
  return `${outcome.text}{{ with $reason }}: {{ . }}{{ end }}`;
}

/** A text as an expression: `{{ if true }}` blocks and variables cannot be piped, `printf` of its parts can. */
function sentenceExpression({ text }: Outcome): string {
  const names = [...text.matchAll(/\{\{ (\$\w+) \}\}/g)].map(([, name]) => name!);
  const format = text.replaceAll(/\{\{ \$\w+ \}\}/g, '%s');
  return [
    `{{- $text := printf "${format}" ${names.join(' ')} -}}`,
    '{{- with $reason }}{{ $text = printf "%s: %s" $text . }}{{ end -}}',
  ].join('');
}

/** Status of a commit: Gitea and GitHub take the same. @see https://docs.github.com/rest/commits/statuses */
function statusRequest(outcome: Outcome): object {
  const body = [
    prelude(outcome),
    sentenceExpression(outcome),
    `{"state":"${outcome.status}",`,
    '"context":{{ printf "cd/%s/%s" $environment $service | toJson }},',
    `"description":{{ $text | trunc ${descriptionLimit} | toJson }},`,
    `"target_url":{{ printf "%s/applications/%s/%s" .context.argocdUrl .app.metadata.namespace .app.metadata.name | toJson }}}`,
  ].join('');
  return {
    method: 'POST',
    path: `/repos/{{ ${annotation('source-repository')} }}/statuses/{{ ${annotation('source-commit')} }}`,
    body,
  };
}

/** Status and deployment by a GitHub App, which looks the deployment up or makes it. */
function gitHub(outcome: Outcome): object {
  const host = `{{ with ${annotation('host')} }}{{ printf "http://%s" . }}{{ end }}`;
  return {
    repoURLPath: `{{ .context.forgeUrl }}/{{ ${annotation('source-repository')} }}`,
    revisionPath: `{{ ${annotation('source-commit')} }}`,
    ...(outcome.status && {
      status: { state: outcome.status, label: `${prelude(outcome)}${context}`, targetURL: page },
    }),
    deployment: {
      state: outcome.deployment,
      environment: `{{ ${label('environment')} }}`,
      environmentURL: host,
      logURL: page,
      // the default asks for every status of the commit, among them this one
      requiredContexts: [],
      autoMerge: false,
      transientEnvironment: false,
    },
  };
}

function slack(outcome: Outcome): object {
  const attachment = [
    prelude(outcome),
    `[{"color":"#${outcome.color}","title":{{ .app.metadata.name | toJson }},`,
    '"title_link":{{ printf "%s/applications/%s/%s" .context.argocdUrl .app.metadata.namespace .app.metadata.name | toJson }},',
    '"fields":[{"title":"Environment","value":{{ $environment | toJson }},"short":true},',
    `{"title":"Source","value":{{ printf "%s@%.7s" ${annotation('source-repository')} ${annotation('source-commit')} | toJson }},"short":true}]}]`,
  ].join('');
  return { attachments: attachment, groupingKey: `{{ ${annotation('source-commit')} }}` };
}

/** What Argo CD reads below `template.<name>`: each service takes the part that it knows. */
export function templateDefinition(outcome: Outcome): object {
  return {
    message: `${prelude(outcome)}${sentence(outcome)}`,
    ...(outcome.status && { webhook: { forge: statusRequest(outcome) } }),
    github: gitHub(outcome),
    slack: slack(outcome),
  };
}
