import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What Argo CD says of an Application at one moment. */
export interface Glimpse {
  /** Milliseconds since the epoch, when it was heard here. */
  readonly at: number;
  readonly sync: string;
  readonly revision: string;
  readonly health: string;
  /** What the last finished operation applied. */
  readonly applied: string;
}

const fields = ['sync.status', 'sync.revision', 'health.status', 'operationState.syncResult.revision'];

/** Listens to one Application for as long as it is open, so that nothing is missed between two looks. */
export class ApplicationWatch {
  private readonly child: ChildProcess;
  private readonly seen: Glimpse[] = [];
  private wake: () => void = () => undefined;

  constructor(kubectl: string, kubeconfig: string, application: string) {
    const line = `${fields.map((field) => `{.status.${field}}`).join('|')}{"\\n"}`;
    const args = [
      'get',
      'applications.argoproj.io',
      application,
      '--namespace=argocd',
      '--watch',
      '-o',
      `jsonpath=${line}`,
    ];
    this.child = spawn(kubectl, args, {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (text) => {
      const [sync = '', revision = '', health = '', applied = ''] = text.split('|');
      this.seen.push({ at: Date.now(), sync, revision, health, applied });
      this.wake();
    });
  }

  /** The first glimpse from a moment on, or after another one, that is as `accept` says. @throws Error after so long */
  async first(
    since: Pick<Glimpse, 'at'>,
    timeoutSeconds: number,
    accept: (glimpse: Glimpse) => boolean,
  ): Promise<Glimpse> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    for (;;) {
      const after = this.seen.indexOf(since as Glimpse);
      const found = this.seen.find((glimpse, index) => index > after && glimpse.at >= since.at && accept(glimpse));
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`nothing came within ${timeoutSeconds} s; last: ${JSON.stringify(this.seen.at(-1))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.child.kill();
  }
}
