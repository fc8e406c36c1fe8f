import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Workspace } from '../harness';

/** What one request came to. */
export interface Call {
  readonly answer?: Answer;
  readonly error?: string;
  readonly milliseconds: number;
}

/** Asks one address through the ingress every so often, whatever becomes of the request before. */
export class Caller {
  readonly calls: Call[] = [];
  private stopped = false;
  private readonly open = new Set<Promise<void>>();
  private readonly loop: Promise<void>;

  constructor(workspace: Workspace, host: string, target: string, everyMs = 50) {
    const call = async (): Promise<void> => {
      const started = performance.now();
      const outcome = await workspace.ask(host, target).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error: String(error) }),
      );
      this.calls.push({ ...outcome, milliseconds: Math.round(performance.now() - started) });
    };
    this.loop = (async () => {
      while (!this.stopped) {
        const one = call().finally(() => this.open.delete(one));
        this.open.add(one);
        await sleep(everyMs);
      }
    })();
  }

  /** Ends it. @returns the requests that failed, or were answered with another status than 200 */
  async stop(): Promise<readonly Call[]> {
    this.stopped = true;
    await this.loop;
    await Promise.all(this.open);
    return this.calls.filter(({ answer }) => answer?.status !== 200);
  }

  /** The distinct bodies that came, in the order of their first appearance. */
  get bodies(): readonly string[] {
    return [...new Set(this.calls.flatMap(({ answer }) => (answer === undefined ? [] : [answer.body])))];
  }
}
