/**
 * A stand-in for the provider of GitHub, for the real engine to speak to: it checks every input against the provider's
 * schema, behaves as GitHub does about names and IDs, and keeps "what is on GitHub" and what was asked of it in two files.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ReadRequest } from '@pulumi/pulumi/proto/provider_pb';
import { main } from '@pulumi/pulumi/provider';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';
import { plain, same, type Properties } from '../../../infra/provider/wire';
import { GithubSchema } from './github-schema';

/** Something on GitHub. */
export interface OnGithub {
  readonly type: string;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

const world = process.env['GITHUB_STAND_IN']!;
const schema = new GithubSchema();

const load = (): OnGithub[] => (existsSync(`${world}.json`) ? JSON.parse(readFileSync(`${world}.json`, 'utf8')) : []);
const save = (things: readonly OnGithub[]): void => writeFileSync(`${world}.json`, JSON.stringify(things, null, 1));
const log = (operation: string, urn: string, id = ''): void =>
  appendFileSync(`${world}.log`, `${operation} ${typeOf(urn).split(':').at(-1)} ${urn.split('::').at(-1)} ${id}\n`);

const typeOf = (urn: string): string => urn.split('::')[2]!.split('$').at(-1)!;
const text = (value: unknown): string => String(value);

/** IDs as the provider makes them. */
function idOf(type: string, inputs: Readonly<Record<string, unknown>>, things: readonly OnGithub[]): string {
  const { repository, environment, name, secretName, variableName } = inputs as Record<string, string>;
  const number = 100 + things.length;
  switch (type.split(':').at(-1)) {
    case 'Repository':
      return name!;
    case 'IssueLabel':
      return `${repository}:${name}`;
    case 'RepositoryEnvironment':
      return `${repository}:${environment}`;
    case 'RepositoryEnvironmentDeploymentPolicy':
      return `${repository}:${environment}:${number}`;
    case 'ActionsVariable':
      return `${repository}:${variableName}`;
    case 'ActionsSecret':
      return `${repository}:${secretName}`;
    case 'ActionsEnvironmentSecret':
      return `${repository}:${environment}:${secretName}`;
    case 'RepositoryDeployKey':
      return `${repository}:${number}`;
    case 'RepositoryRuleset':
    case 'RepositoryWebhook':
      return text(number);
    default:
      return repository!;
  }
}

/** What GitHub refuses because it is there already. */
function taken(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
  things: readonly OnGithub[],
): string | undefined {
  const alike = things.filter((one) => one.type === type && one.inputs['repository'] === inputs['repository']);
  const url = (one: Readonly<Record<string, unknown>>): unknown =>
    (one['configuration'] as { url?: string } | undefined)?.url;
  switch (type.split(':').at(-1)) {
    case 'Repository':
      return alike.some((one) => one.inputs['name'] === inputs['name'])
        ? '422 Repository creation failed. [{Resource:Repository Field:name Code:custom Message:name already exists on this account}]'
        : undefined;
    case 'RepositoryRuleset':
      return alike.some((one) => one.inputs['name'] === inputs['name'])
        ? '422 Validation Failed [Name must be unique]'
        : undefined;
    case 'ActionsVariable':
      return alike.some((one) => one.inputs['variableName'] === inputs['variableName'])
        ? '409 Already exists'
        : undefined;
    case 'RepositoryWebhook':
      return alike.some((one) => url(one.inputs) === url(inputs))
        ? '422 Hook already exists on this repository'
        : undefined;
    default:
      return undefined;
  }
}

/** `platform:101` and `platform/101` are how a ruleset and a webhook are imported whose ID is `101`. */
const withoutRepository = (type: string, id: string): string =>
  /:Repository(Ruleset|Webhook)$/.test(type) ? id.replace(/^.*[:/]/, '') : id;

function find(type: string, id: string): OnGithub | undefined {
  return load().find((one) => one.type === type && one.id === withoutRepository(type, id));
}

/** Secrets come back from GitHub as nothing, or as stars. */
function readable(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { value, configuration, ...rest } = inputs as Record<string, unknown>;
  void value;
  return { ...rest, ...(configuration !== undefined && { configuration: { ...configuration, secret: '********' } }) };
}

// an import comes without properties, which the library's server does not expect
const { getProperties } = ReadRequest.prototype;
ReadRequest.prototype.getProperties = function (this: ReadRequest): Struct {
  return getProperties.call(this) ?? new Struct();
};

const identity = new Set(['repository', 'environment', 'key', 'secretName', 'variableName']);

void main(
  {
    version: '6.15.0',
    check: async (urn, _olds, news: Properties) => {
      const violations = schema.violations(typeOf(urn), withoutUnknown(plain(news)));
      if (violations.length === 0) return { inputs: news };
      log('refused', urn);
      return { inputs: news, failures: violations.map((reason) => ({ property: '', reason })) };
    },
    diff: async (_id, _urn, olds: Properties, news: Properties) => {
      const changed = Object.keys(news).filter((key) => !same(plain(olds[key]), plain(news[key])));
      return { changes: changed.length > 0, replaces: changed.filter((key) => identity.has(key)) };
    },
    create: async (urn, inputs: Properties) => {
      const type = typeOf(urn);
      const things = load();
      const wanted = plain(inputs) as Record<string, unknown>;
      const refusal = taken(type, wanted, things);
      log(refusal === undefined ? 'create' : 'taken', urn);
      if (refusal !== undefined)
        throw Object.assign(new Error(`POST https://api.github.com/: ${refusal}`), { stack: '' });
      const id = idOf(type, wanted, things);
      save([...things.filter((one) => one.type !== type || one.id !== id), { type, id, inputs: wanted }]);
      return { id, outs: inputs };
    },
    read: async (id, urn, props: Properties) => {
      const found = find(typeOf(urn), id);
      const known = Object.keys(props ?? {}).length > 0;
      log(known ? 'read' : 'import', urn, id);
      if (found === undefined) return { id: '', props: {} };
      const seen = readable(found.inputs);
      // what GitHub does not tell is as the state has it
      const { configuration, ...rest } = seen;
      return known
        ? { id: found.id, props: { ...props, ...rest }, inputs: { ...props, ...rest } }
        : { id: found.id, props: { ...rest, ...(configuration !== undefined && { configuration }) }, inputs: seen };
    },
    update: async (id, urn, _olds, news: Properties) => {
      log('update', urn, id);
      const type = typeOf(urn);
      save(
        load().map((one) =>
          one.type === type && one.id === id ? { ...one, inputs: plain(news) as OnGithub['inputs'] } : one,
        ),
      );
      return { outs: news };
    },
    delete: async (id, urn) => {
      log('delete', urn, id);
      const type = typeOf(urn);
      save(load().filter((one) => one.type !== type || one.id !== id));
    },
    invoke: async (token, inputs: object) => ({ outputs: { ...inputs, id: token.includes('getTeam') ? '77' : '7' } }),
  },
  process.argv.slice(2),
);

/** What is only known once something else is made is checked then. */
function withoutUnknown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnknown);
  if (typeof value === 'string') return value === '04da6b54-80e4-46f7-96ec-b56ff0331ba9' ? '' : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutUnknown(item)]));
}
