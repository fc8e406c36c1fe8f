/** What can become of a release, as the forge, its deployments and people are told. */
export interface Outcome {
  /** Of a commit status; undefined where the commit is told nothing. */
  readonly status?: 'pending' | 'success' | 'failure' | 'error';
  /** Of a GitHub deployment. @see https://docs.github.com/rest/deployments/statuses */
  readonly deployment: 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
  /** A template of Go with `$service`, `$version` and `$environment`. */
  readonly text: string;
  /** Statements of a template that set `$reason`. @default none */
  readonly reason?: string;
  /** Six hexadecimal digits. */
  readonly color: string;
}

const degraded = [
  '{{- range .app.status.resources }}{{ if and .health (eq $reason "") }}{{ if eq (default "" .health.status) "Degraded" }}',
  '{{- $reason = default (printf "%s %s is degraded" .kind .name) .health.message }}',
  '{{- end }}{{ end }}{{ end -}}',
].join('');

const unreadable =
  '{{- range .app.status.conditions }}{{ if hasSuffix "Error" .type }}{{ $reason = .message }}{{ end }}{{ end -}}';

export const outcomes = {
  running: {
    status: 'pending',
    deployment: 'in_progress',
    text: '{{ $service }} {{ $version }} is rolling out in {{ $environment }}',
    color: '0b7fab',
  },
  deployed: {
    status: 'success',
    deployment: 'success',
    text: '{{ $service }} {{ $version }} runs in {{ $environment }}',
    color: '18be52',
  },
  degraded: {
    status: 'failure',
    deployment: 'failure',
    text: '{{ $service }} {{ $version }} fails in {{ $environment }}',
    reason: degraded,
    color: 'e96d76',
  },
  'sync-failed': {
    status: 'failure',
    deployment: 'failure',
    text: '{{ $service }} {{ $version }} cannot be applied to {{ $environment }}',
    reason: '{{- $reason = default "" .app.status.operationState.message -}}',
    color: 'e96d76',
  },
  unreadable: {
    status: 'error',
    deployment: 'error',
    text: '{{ $service }} {{ $version }} cannot be read for {{ $environment }}',
    reason: unreadable,
    color: 'f4c030',
  },
  removed: {
    deployment: 'inactive',
    text: '{{ $service }} is removed from {{ $environment }}',
    color: '8fa4b1',
  },
} as const satisfies Readonly<Record<string, Outcome>>;

export type OutcomeName = keyof typeof outcomes;
