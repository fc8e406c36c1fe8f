import { CommandFailed, exec } from '../../core/exec';
import type { Source } from './pins';

/** What a source answers: every version that it publishes, or why it cannot be said. */
export type Answer = { readonly versions: readonly string[] } | { readonly unknown: string };

export interface AskOptions {
  /** For one question. @default 20000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Sends an address elsewhere. @default the address itself */
  readonly rewrite?: (url: string) => string;
  /** Where `go` and `npm` are found, and what they are told. @default this process's */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const limits = ({ timeoutMs = 20_000, signal, environment }: AskOptions) => ({
  timeoutMs,
  cwd: '/',
  ...(signal && { signal }),
  ...(environment && { env: environment }),
});

/** The line that says why, without the command that was run. */
function reasonOf(error: unknown): string {
  if (error instanceof CommandFailed) {
    const words = error.details.filter((line) => !/A complete log of this run/.test(line));
    return words.at(-1)?.replace(/^npm (error|ERR!) /, '') ?? error.message;
  }
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? cause?.message ?? message);
}

interface GoModule {
  readonly Path: string;
  readonly Versions?: readonly string[];
  readonly Error?: { readonly Err: string };
}

/** Objects one after the other, as `go list -json` writes them. */
function parseStream(text: string): readonly GoModule[] {
  return text
    .split(/^(?=\{)/m)
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(part) as GoModule);
}

/** All modules at once, by Go itself: it knows the user's proxies and who may be asked. */
async function askGo(modules: readonly string[], options: AskOptions): Promise<ReadonlyMap<string, Answer>> {
  const all = (answer: Answer): ReadonlyMap<string, Answer> => new Map(modules.map((module) => [module, answer]));
  try {
    const limit = limits(options);
    const { stdout } = await exec('go', ['list', '-m', '-e', '-versions', '-json', ...modules], {
      ...limit,
      env: { ...limit.env, GO111MODULE: 'on', GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local', GOWORK: 'off' },
    });
    return new Map(
      parseStream(stdout).map(({ Path, Versions = [], Error: error }): [string, Answer] => {
        if (error !== undefined) return [Path, { unknown: error.Err.split('\n')[0]! }];
        return [Path, Versions.length > 0 ? { versions: Versions } : { unknown: 'the module proxy lists no versions' }];
      }),
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof CommandFailed)) throw error;
    const missing = error.result === undefined && error.message.endsWith('is not installed');
    return all({ unknown: missing ? 'there is no Go here to ask the module proxy with' : reasonOf(error) });
  }
}

async function askNpm(name: string, options: AskOptions): Promise<Answer> {
  try {
    const args = ['view', name, 'versions', '--json', '--fetch-retries=0', '--loglevel=error'];
    const { stdout } = await exec('npm', args, limits(options));
    const found = JSON.parse(stdout) as string | readonly string[];
    return { versions: typeof found === 'string' ? [found] : found };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { unknown: reasonOf(error) };
  }
}

interface Release {
  readonly tag_name: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
}

/** The newest hundred releases, with a token where the environment has one: without it GitHub answers sixty times an hour. */
async function askGithub(repository: string, options: AskOptions): Promise<Answer> {
  const { timeoutMs = 20_000, signal, rewrite = (url) => url, environment = process.env } = options;
  const token = environment['GITHUB_TOKEN'];
  try {
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await fetch(rewrite(`https://api.github.com/repos/${repository}/releases?per_page=100`), {
      headers: {
        accept: 'application/vnd.github+json',
        'user-agent': 'slipway',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const spent = response.headers.get('x-ratelimit-remaining') === '0';
    if (spent && !response.ok) return { unknown: 'the limit of GitHub for this hour is spent; set GITHUB_TOKEN' };
    if (!response.ok) return { unknown: `GitHub answers ${response.status}` };
    const releases = (await response.json()) as readonly Release[];
    const versions = releases.filter(({ draft, prerelease }) => !draft && !prerelease).map(({ tag_name }) => tag_name);
    return versions.length > 0 ? { versions } : { unknown: 'it has no releases' };
  } catch (error) {
    signal?.throwIfAborted();
    return { unknown: `api.github.com does not answer: ${reasonOf(error)}` };
  }
}

/** How a source is told from another. */
export function sourceId(source: Source): string {
  switch (source.type) {
    case 'go':
      return `go ${source.module}`;
    case 'npm':
      return `npm ${source.package}`;
    case 'github':
      return `github ${source.repository}`;
  }
}

/** Asks every source once, all at the same time. What does not answer is no error. */
export async function askSources(
  sources: readonly Source[],
  options: AskOptions = {},
): Promise<ReadonlyMap<string, Answer>> {
  const unique = [...new Map(sources.map((source) => [sourceId(source), source])).values()];
  const modules = unique.flatMap((source) => (source.type === 'go' ? [source.module] : []));
  const [byGo, others] = await Promise.all([
    modules.length === 0 ? new Map<string, Answer>() : askGo(modules, options),
    Promise.all(
      unique
        .filter((source) => source.type !== 'go')
        .map(async (source): Promise<[string, Answer]> => [
          sourceId(source),
          source.type === 'npm' ? await askNpm(source.package, options) : await askGithub(source.repository, options),
        ]),
    ),
  ]);
  const unheard: Answer = { unknown: 'the module proxy says nothing about it' };
  return new Map([
    ...modules.map((module): [string, Answer] => [`go ${module}`, byGo.get(module) ?? unheard]),
    ...others,
  ]);
}
