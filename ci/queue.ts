import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeError, UserError } from '../core/errors';
import { writeFileAtomic } from '../core/files';
import type { ForgeEvent } from './event';
import type { Duty } from './receiver';

/** An event whose workflows are to run. */
export interface Run {
  /** A name of small letters and digits. */
  readonly id: string;
  readonly event: ForgeEvent;
}

export interface QueueOptions {
  /** Where it is kept over a restart. */
  readonly folder: string;
  /** Does the work and never throws; an abort means that it is done again after the next start. */
  readonly run: (run: Run, signal: AbortSignal) => Promise<void>;
  /** Told of a run that never starts because a newer one of its branch came. */
  readonly superseded: (run: Run, by: Run) => Promise<void>;
  /** Runs at a time, each of another branch. @default 1 */
  readonly parallel?: number;
  /** Branches that may wait. @default 50 */
  readonly limit?: number;
  readonly say: (line: string) => void;
}

interface State {
  readonly waiting: readonly Run[];
  readonly running: readonly Run[];
  /** What was taken on before, newest last: an event that comes twice is one. */
  readonly known: readonly string[];
}

/** More than any forge sends again. */
const KNOWN = 2000;

const branchOf = ({ event }: Run): string => `${event.repository} ${event.subject ?? event.ref}`;

/** The same for an event that the forge, or somebody who recorded it, sends again. */
function identity({ name, repository, ref, commit = '', subject = '' }: ForgeEvent): string {
  return createHash('sha256').update([name, repository, ref, commit, subject].join('\n')).digest('hex').slice(0, 20);
}

/** An event that stands for an older one too: what changed, changed since before that one. */
function spanning(older: ForgeEvent, event: ForgeEvent): ForgeEvent {
  // what a pull request changed does not depend on what it was before
  if (event.name !== 'push' || older.name !== 'push') return event;
  const spanned = { ...event, payload: { ...event.payload, before: older.payload['before'] } };
  if (older.before !== undefined) return { ...spanned, before: older.before };
  delete spanned.before;
  return spanned;
}

/**
 * Runs wait here: one at a time per branch, of those that wait for a branch only the newest, and no more than a bound.
 * What was accepted is on disk before the forge is answered, so a restart loses nothing: what ran then runs again.
 */
export class RunQueue implements Duty {
  readonly name = 'workflows';
  private waiting: Run[] = [];
  private readonly running = new Map<Run, Promise<void>>();
  private known: string[] = [];
  /** Whether nothing was kept here before. */
  private fresh = true;
  private readonly stopping = new AbortController();
  private writing: Promise<void> = Promise.resolve();

  private constructor(private readonly options: QueueOptions) {}

  /** Takes up what an earlier process left, and starts. */
  static async open(options: QueueOptions): Promise<RunQueue> {
    const queue = new RunQueue(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const text = await readFile(queue.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    queue.fresh = text === undefined;
    if (text !== undefined) queue.restore(text);
    queue.start();
    return queue;
  }

  private get file(): string {
    return path.join(this.options.folder, 'queue.json');
  }

  private restore(text: string): void {
    let state: State;
    try {
      state = JSON.parse(text) as State;
    } catch (cause) {
      throw new UserError(`${this.file} is damaged`, { repair: `rm ${this.file}; events that waited are lost`, cause });
    }
    this.known = [...state.known];
    this.waiting = [...state.running, ...state.waiting];
    if (this.waiting.length > 0) this.options.say(`${this.waiting.length} runs go on from before`);
  }

  /** @throws UserError where too many wait already, or nothing more is taken on */
  async accept(event: ForgeEvent): Promise<void> {
    const id = identity(event);
    if (this.stopping.signal.aborted) throw new UserError('the receiver is just ending');
    if (this.known.includes(id)) return;
    const older = this.waiting.findIndex((each) => branchOf(each) === branchOf({ id, event }));
    if (older < 0 && this.waiting.length >= (this.options.limit ?? 50)) {
      throw new UserError(`${this.waiting.length} runs wait already`);
    }
    const replaced = older < 0 ? undefined : this.waiting[older];
    const run: Run = { id, event: replaced === undefined ? event : spanning(replaced.event, event) };
    // it keeps the place of the one that it replaces
    if (replaced === undefined) this.waiting.push(run);
    else this.waiting[older] = run;
    this.known = [...this.known, id].slice(-KNOWN);
    try {
      await this.save();
    } catch (cause) {
      this.waiting = this.waiting.filter((each) => each !== run);
      this.known = this.known.filter((each) => each !== id);
      throw new UserError(`${this.file} cannot be written: ${(cause as Error).message}`, { cause });
    }
    if (replaced !== undefined) void this.options.superseded(replaced, run);
    this.start();
  }

  /**
   * Takes on what happened while nobody listened. Where nobody ever did, it is what was there before, and only noted:
   * nothing runs for a history that nobody has just pushed.
   */
  async catchUp(events: readonly ForgeEvent[]): Promise<void> {
    if (!this.fresh) {
      for (const event of events) await this.accept(event);
      return;
    }
    this.fresh = false;
    this.known = [...new Set([...events.map(identity), ...this.known])].slice(-KNOWN);
    await this.save();
  }

  /** Resolves once nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.values());
  }

  /** Takes on nothing more, ends what runs, and leaves it to the next process. */
  async close(): Promise<void> {
    this.stopping.abort(new UserError('the receiver ends'));
    await Promise.all(this.running.values());
    await this.writing;
  }

  private start(): void {
    const busy = new Set(Array.from(this.running.keys(), branchOf));
    while (this.running.size < (this.options.parallel ?? 1) && !this.stopping.signal.aborted) {
      const index = this.waiting.findIndex((each) => !busy.has(branchOf(each)));
      if (index < 0) return;
      const [run] = this.waiting.splice(index, 1) as [Run];
      busy.add(branchOf(run));
      this.running.set(run, this.work(run));
    }
  }

  private async work(run: Run): Promise<void> {
    try {
      // the caller notes it as running first
      await this.save();
      await this.options.run(run, this.stopping.signal);
      if (this.stopping.signal.aborted) return;
      this.running.delete(run);
      await this.save();
    } catch (error) {
      this.running.delete(run);
      this.options.say(`${run.id}: ${describeError(error)}`);
    }
    this.start();
  }

  /** One write after the other, each of what is true when its turn comes. */
  private save(): Promise<void> {
    const write = async (): Promise<void> => {
      const state: State = { waiting: this.waiting, running: [...this.running.keys()], known: this.known };
      await writeFileAtomic(this.file, JSON.stringify(state), 0o600);
    };
    this.writing = this.writing.then(write, write);
    return this.writing;
  }
}
