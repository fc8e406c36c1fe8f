import { RestClient } from '../../../forge';
import { eventually, type Workspace } from '../harness';

export interface Status {
  readonly context: string;
  readonly status: 'pending' | 'success' | 'failure' | 'error' | 'warning';
  readonly description: string;
  readonly target_url: string;
  /** Who set it. */
  readonly creator: { readonly login: string };
}

/** The forge of a platform as its administrator sees it, through the ingress. */
export class PlatformForge {
  private constructor(
    private readonly rest: RestClient,
    private readonly repository: string,
  ) {}

  static async open(workspace: Workspace, host: string, repository: string): Promise<PlatformForge> {
    const { stdout } = await workspace.succeed('credentials', 'git', '--json');
    const credentials = JSON.parse(stdout) as { username: string; password: string };
    const { httpPort } = workspace.platform;
    const api = `http://${host}:${httpPort}/api/v1`;
    const resolve = `${host}:${httpPort}:127.0.0.1`;
    return new PlatformForge(new RestClient({ type: 'gitea', api, credentials, resolve }), repository);
  }

  async get<T>(path: string): Promise<T> {
    return (await this.rest.ask('GET', `/repos/${this.repository}${path}`, [200])).body as T;
  }

  /** Publishes a release, as a person does on its page. */
  async release(tag: string, commit: string): Promise<void> {
    const body = { tag_name: tag, target_commitish: commit, name: tag, body: 'Ready for everybody' };
    await this.rest.ask('POST', `/repos/${this.repository}/releases`, [201], body);
  }

  /** Every status of a commit, the newest first. */
  statuses(commit: string): Promise<readonly Status[]> {
    return this.get(`/commits/${commit}/statuses?limit=50&sort=recentupdate`);
  }

  async latest(commit: string, context: string): Promise<Status | undefined> {
    return (await this.statuses(commit)).find((one) => one.context === context);
  }

  /**
   * Waits until a status says what is wanted.
   *
   * @throws Error where it ends as something else, unless `patient`
   */
  async told(
    commit: string,
    context: string,
    wanted: Status['status'],
    timeoutSeconds: number,
    patient = false,
  ): Promise<Status> {
    let last: Status | undefined;
    const found = await eventually(`${context} of ${commit.slice(0, 7)} to be ${wanted}`, timeoutSeconds, async () => {
      last = await this.latest(commit, context);
      if (last?.status === wanted || (!patient && last !== undefined && last.status !== 'pending')) return last;
      throw new Error(last === undefined ? 'no status yet' : `${last.status}: ${last.description}`);
    });
    if (found.status === wanted) return found;
    const log = found.target_url.endsWith('.log') ? await (await fetch(found.target_url)).text() : '';
    throw new Error(`${context} is ${found.status}: ${found.description}\n${log.split('\n').slice(-80).join('\n')}`);
  }
}
