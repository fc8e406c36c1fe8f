import { UserError } from '../core/errors';

/** What happened in a repository of the forge. */
export interface ForgeEvent {
  /** As workflows name it in `on`. */
  readonly name: 'push' | 'pull_request' | 'release' | 'repository_dispatch';
  /** `<organization>/<repository>` */
  readonly repository: string;
  /** What moved: `refs/heads/<branch>`, `refs/tags/<tag>` or `refs/pull/<number>/head`. */
  readonly ref: string;
  /** 40 hexadecimal digits. @default where `ref` is when it runs */
  readonly commit?: string;
  /** What it is about, where several events of one reference have nothing to do with each other. @default the reference */
  readonly subject?: string;
  /** The commit that `ref` was at before. @default none: the reference is new */
  readonly before?: string;
  /** Who did it. */
  readonly actor: string;
  /** What the forge sent, as workflows see it in `github.event`. */
  readonly payload: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;

const COMMIT = /^[0-9a-f]{40}$/;
const REPOSITORY = /^[A-Za-z0-9][\w.-]{0,99}\/[A-Za-z0-9_][\w.-]{0,99}$/;
/** What Git allows, less what could be taken for an option or leave a folder. */
const REFERENCE = /^refs\/(?:heads|tags)\/(?![-.])(?!.*(?:\.\.|\/\/|\/\.|@\{))[\w./@+#-]{1,200}$/;
const NONE = '0'.repeat(40);

function at(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.hasOwn(found, key) ? (found as Json)[key] : undefined;
  }
  return found;
}

function text(payload: Json, pattern: RegExp, ...keys: readonly string[]): string {
  const value = at(payload, ...keys);
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new UserError(`${keys.join('.')} of the event is not what a forge sends`, {
    details: [`got ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}, allowed is ${pattern.source}`],
  });
}

function push(payload: Json, common: Pick<ForgeEvent, 'repository' | 'actor'>): ForgeEvent | undefined {
  const commit = text(payload, COMMIT, 'after');
  // a deleted branch has nothing left to test
  if (commit === NONE) return undefined;
  const before = text(payload, COMMIT, 'before');
  const ref = text(payload, REFERENCE, 'ref');
  return { ...common, name: 'push', ref, commit, ...(before !== NONE && { before }), payload };
}

/** Gitea's words for what GitHub calls by another name. */
const actions: Readonly<Record<string, string>> = {
  opened: 'opened',
  reopened: 'reopened',
  synchronized: 'synchronize',
  synchronize: 'synchronize',
};

function pullRequest(payload: Json, common: Pick<ForgeEvent, 'repository' | 'actor'>): ForgeEvent | undefined {
  const action = actions[String(at(payload, 'action'))];
  // code of a fork is code of a stranger, and this machine is no sandbox
  if (action === undefined || at(payload, 'pull_request', 'head', 'repo', 'full_name') !== common.repository) {
    return undefined;
  }
  const number = at(payload, 'number');
  if (!Number.isInteger(number)) throw new UserError('number of the event is not the number of a pull request');
  const before = text(payload, COMMIT, 'pull_request', 'base', 'sha');
  const commit = text(payload, COMMIT, 'pull_request', 'head', 'sha');
  const ref = `refs/pull/${String(number)}/head`;
  return { ...common, name: 'pull_request', ref, commit, before, payload: { ...payload, action } };
}

function release(payload: Json, common: Pick<ForgeEvent, 'repository' | 'actor'>): ForgeEvent | undefined {
  if (at(payload, 'action') !== 'published' || at(payload, 'release', 'draft') === true) return undefined;
  const tag = text(payload, /^(?![-.])[\w.+-]{1,200}$/, 'release', 'tag_name');
  return { ...common, name: 'release', ref: `refs/tags/${tag}`, payload };
}

/** Sent by `slipway ci dispatch`, since the forge itself has no such event. */
function dispatch(payload: Json, common: Pick<ForgeEvent, 'repository' | 'actor'>): ForgeEvent {
  const action = text(payload, /^[a-z][a-z-]{0,49}$/, 'action');
  const service = text(payload, /^[a-z][a-z0-9-]{0,39}$/, 'client_payload', 'service');
  const digest = text(payload, /^sha256:[0-9a-f]{64}$/, 'client_payload', 'digest');
  const subject = `${action} ${service} ${digest}`;
  return { ...common, name: 'repository_dispatch', ref: 'refs/heads/main', subject, payload };
}

const readers: Readonly<Record<string, typeof push>> = {
  push,
  pull_request: pullRequest,
  release,
  repository_dispatch: dispatch,
};

/**
 * What a hook of the forge tells; undefined where there is nothing to do about it: deleted branches, forks' pull
 * requests, other kinds of events.
 *
 * @param kind as `X-Gitea-Event` says it
 * @throws UserError where the body is not what a forge sends
 */
export function readEvent(kind: string, body: Buffer): ForgeEvent | undefined {
  const reader = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (reader === undefined) return undefined;
  let payload: unknown;
  try {
    payload = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new UserError('the body of the event is not JSON', { cause });
  }
  if (typeof payload !== 'object' || payload === null) throw new UserError('the body of the event is no object');
  const event = payload as Json;
  const repository = text(event, REPOSITORY, 'repository', 'full_name');
  const login = at(event, 'sender', 'login') ?? at(event, 'pusher', 'login');
  const actor = typeof login === 'string' && /^[\w.-]{1,100}$/.test(login) ? login : 'unknown';
  return reader(event, { repository, actor });
}
