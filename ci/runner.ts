import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, UserError } from '../core/errors';
import { formatSeconds } from '../core/progress';
import type { Remote } from '../delivery/git';
import { runWorkflow, type WorkflowSettings } from './act';
import { prepareCalls } from './called-workflows';
import { checkOut } from './checkout';
import { openLog, pruneLogs } from './log';
import { endProcesses } from './processes';
import type { Run } from './queue';
import { workflowsFor, type Workflow } from './workflows';

/** What stands beside a commit in the forge. */
export interface CommitStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error' | 'skipped';
  /** `ci/<workflow>` */
  readonly context: string;
  readonly description: string;
  /** Where its log is. */
  readonly targetUrl: string;
}

export interface RunnerOptions {
  /** The act program, made ready when it is first needed. */
  readonly act: () => Promise<string>;
  /** Where runs keep their work tree while they run. */
  readonly folder: string;
  /** Logs of runs: `<run>/<workflow>.log`. */
  readonly logs: string;
  /** Begins the address of a log. */
  readonly logUrl: string;
  /** A repository of the forge: `<organization>/<repository>`. */
  readonly remote: (repository: string) => Remote;
  readonly settings: (repository: string) => Promise<WorkflowSettings>;
  readonly report: (repository: string, commit: string, status: CommitStatus) => Promise<void>;
  /** For one workflow. @default 30 minutes */
  readonly timeoutMs?: number;
  /** Before a status that the forge did not take is set again; doubled each time. @default 1000 */
  readonly pauseMs?: number;
  readonly say: (line: string) => void;
}

/** How long a status is tried to be set, in pauses that double: a forge that starts again is back by then. */
const REPORT_ATTEMPTS = 5;

/** Runs whose logs are kept. */
const KEPT_RUNS = 200;

const outcomes = { passed: 'success', failed: 'failure', 'timed out': 'failure' } as const;

/** Runs the workflows that an event starts, one after the other, and reports each as a status of the commit. */
export class WorkflowRunner {
  constructor(private readonly options: RunnerOptions) {}

  /** Never throws: what goes wrong is a status of the commit and a line of the receiver. */
  async run(run: Run, signal: AbortSignal): Promise<void> {
    const work = path.join(this.options.folder, run.id);
    try {
      await this.runIn(work, run, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.options.say(`${run.id}: ${describeError(error)}`);
      const { commit } = run.event;
      const description = error instanceof UserError ? error.message : 'the runner failed; its own log says why';
      if (commit !== undefined) await this.report(run, commit, { name: 'run' }, 'error', description);
    } finally {
      await rm(work, { recursive: true, force: true, maxRetries: 3 });
      await pruneLogs(this.options.logs, KEPT_RUNS);
    }
  }

  /** Tells that a newer commit of the branch runs instead, which has the changes of this one in it. */
  async superseded({ id, event }: Run, by: Run): Promise<void> {
    this.options.say(`${id}: a newer commit came before it started`);
    const description = `did not run: ${by.event.commit?.slice(0, 7) ?? 'a newer one'} came first`;
    if (event.commit !== undefined)
      await this.report({ id, event }, event.commit, { name: 'run' }, 'skipped', description);
  }

  private async runIn(work: string, run: Run, signal: AbortSignal): Promise<void> {
    // a receiver that was killed leaves both
    await endProcesses(run.id);
    await rm(work, { recursive: true, force: true });
    const { event } = run;
    const folder = path.join(work, 'checkout');
    const checkout = await checkOut(event, this.options.remote(event.repository), folder, signal);
    const { commit } = checkout;
    const workflows = await workflowsFor({ folder, event, changed: () => checkout.changed() });
    for (const workflow of workflows) await this.report(run, commit, workflow, 'pending', 'waits');
    for (const workflow of workflows) {
      if (signal.aborted) return;
      await this.runOne(workflow, { run, commit, work, folder, signal });
    }
  }

  private async runOne(
    workflow: Workflow,
    place: {
      readonly run: Run;
      readonly commit: string;
      readonly work: string;
      readonly folder: string;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { run, commit, work, folder, signal } = place;
    const { event, id } = run;
    await this.report(run, commit, workflow, 'pending', 'runs');
    const settings = await this.options.settings(event.repository);
    const log = await openLog(this.logFile(run, workflow), { secrets: Object.values(settings.secrets) });
    const started = Date.now();
    const seconds = (): string => formatSeconds((Date.now() - started) / 1000);
    try {
      const called = await prepareCalls(workflow.actions, {
        remote: this.options.remote,
        caller: event.repository,
        folder: work,
        signal,
      });
      const outcome = await runWorkflow(workflow, {
        ...settings,
        called,
        act: await this.options.act(),
        id,
        event,
        commit,
        checkout: folder,
        scratch: path.join(work, 'scratch'),
        log,
        timeoutMs: this.options.timeoutMs ?? 30 * 60_000,
        signal,
      });
      // it runs again when the receiver does
      if (outcome === 'interrupted') return;
      log.line(`${workflow.file}: ${outcome} after ${seconds()}`);
      await this.report(run, commit, workflow, outcomes[outcome], `${outcome} after ${seconds()}`);
    } catch (error) {
      // as where a workflow is interrupted: nothing went wrong
      if (signal.aborted) return;
      log.line(describeError(error));
      const description = error instanceof UserError ? error.message : 'the runner failed; its own log says why';
      await this.report(run, commit, workflow, 'error', description);
      if (!(error instanceof UserError)) this.options.say(`${id}: ${describeError(error)}`);
    } finally {
      await log
        .close()
        .catch((error: unknown) => this.options.say(`${id}: its log cannot be written: ${describeError(error)}`));
    }
  }

  private logFile(run: Run, workflow: Workflow): string {
    return path.join(this.options.logs, run.id, `${workflow.name}.log`);
  }

  /** A status that the forge does not take is told and does not end the run. */
  private async report(
    run: Pick<Run, 'id' | 'event'>,
    commit: string,
    { name }: Pick<Workflow, 'name'>,
    state: CommitStatus['state'],
    text: string,
  ): Promise<void> {
    const { logUrl, report, say } = this.options;
    const description = text.length > 140 ? `${text.slice(0, 137)}...` : text;
    const targetUrl = `${logUrl}${run.id}/${name}.log`;
    say(`${run.id}: ci/${name} ${state}: ${description}`);
    const status: CommitStatus = { state, context: `ci/${name}`, description, targetUrl };
    for (let attempt = 1; ; attempt += 1) {
      try {
        await report(run.event.repository, commit, status);
        return;
      } catch (error) {
        say(`${run.id}: the forge does not take the status: ${describeError(error)}`);
        // what comes next says more than that something runs; how it ended is said by nothing else
        if (state === 'pending' || attempt === REPORT_ATTEMPTS) return;
      }
      await sleep((this.options.pauseMs ?? 1000) * 2 ** (attempt - 1));
    }
  }
}
