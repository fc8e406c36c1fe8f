import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ForgeEvent } from '../../ci/event';
import { RunQueue, type QueueOptions, type Run } from '../../ci/queue';

/** A push of `commit`, which is one hexadecimal digit here. */
function push(commit: string, branch = 'main'): ForgeEvent {
  const ref = `refs/heads/${branch}`;
  return { name: 'push', repository: 'offerfit/platform', ref, commit: commit.repeat(40), actor: 'ada', payload: {} };
}

/** What was asked of a queue, with each run ending when it is told to. */
class Work {
  readonly started: string[] = [];
  readonly superseded: string[] = [];
  readonly lines: string[] = [];
  private readonly ends = new Map<string, () => void>();

  readonly run = async ({ event }: Run, signal: AbortSignal): Promise<void> => {
    const name = event.commit![0]!;
    this.started.push(name);
    await new Promise<void>((resolve) => {
      this.ends.set(name, resolve);
      const leave = (): void => {
        this.ends.delete(name);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
    });
  };

  async begun(name: string): Promise<void> {
    while (!this.ends.has(name)) await new Promise((resolve) => setImmediate(resolve));
  }

  async end(name: string): Promise<void> {
    await this.begun(name);
    this.ends.get(name)!();
    this.ends.delete(name);
  }
}

describe('the queue of runs', () => {
  let folder: string;
  let work: Work;
  const open = (change: Partial<QueueOptions> = {}): Promise<RunQueue> =>
    RunQueue.open({
      folder,
      run: work.run,
      superseded: async (run, by) => void work.superseded.push(`${run.event.commit![0]} by ${by.event.commit![0]}`),
      say: (line) => work.lines.push(line),
      ...change,
    });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-queue-'));
    work = new Work();
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('runs one at a time per branch, and of those that wait only the newest', async () => {
    const queue = await open({ parallel: 4 });
    await queue.accept(push('a'));
    await work.begun('a');
    await queue.accept(push('b'));
    await queue.accept(push('c'));
    await queue.accept(push('d', 'feature'));
    await work.begun('d');
    expect(work.started).toEqual(['a', 'd']);
    expect(work.superseded).toEqual(['b by c']);
    await work.end('a');
    await work.end('d');
    await work.end('c');
    await queue.idle();
    expect(work.started).toEqual(['a', 'd', 'c']);
  });

  it('lets the newest stand for all that it replaces: what they changed is tested with it', async () => {
    const ran: ForgeEvent[] = [];
    const run = async (each: Run, signal: AbortSignal): Promise<void> => {
      ran.push(each.event);
      await work.run(each, signal);
    };
    const queue = await open({ run });
    const after = (commit: string, before: string): ForgeEvent => {
      const range = { before: before.repeat(40), after: commit.repeat(40) };
      return { ...push(commit), before: range.before, payload: range };
    };
    for (const event of [push('a'), after('b', 'a'), after('c', 'b'), after('d', 'c')]) await queue.accept(event);
    await work.end('a');
    await work.end('d');
    await queue.idle();
    expect(ran.map(({ commit }) => commit![0])).toEqual(['a', 'd']);
    expect(ran[1]).toMatchObject({
      before: 'a'.repeat(40),
      payload: { before: 'a'.repeat(40), after: 'd'.repeat(40) },
    });
  });

  it('runs no more at a time than it is told, in the order in which branches came', async () => {
    const queue = await open({ parallel: 1 });
    await queue.accept(push('a'));
    await queue.accept(push('b', 'one'));
    await queue.accept(push('c', 'two'));
    await queue.accept(push('d', 'one'));
    for (const name of ['a', 'd', 'c']) await work.end(name);
    await queue.idle();
    expect(work.started).toEqual(['a', 'd', 'c']);
  });

  it('takes an event that comes twice for one, also after a restart', async () => {
    const queue = await open();
    await queue.accept(push('a'));
    await queue.accept(push('a'));
    await work.end('a');
    await queue.idle();
    await queue.accept(push('a'));
    await queue.close();
    const next = await open();
    await next.accept(push('a'));
    await next.idle();
    expect(work.started).toEqual(['a']);
  });

  it('refuses more branches than its bound, and nothing of what it has', async () => {
    const queue = await open({ limit: 2 });
    for (const name of ['a', 'b', 'c']) await queue.accept(push(name, name));
    await expect(queue.accept(push('d', 'd'))).rejects.toThrow('2 runs wait already');
    await queue.accept(push('e', 'c'));
    for (const name of ['a', 'b', 'e']) await work.end(name);
    await queue.idle();
    // it was not taken on, so it may come again
    await queue.accept(push('d', 'd'));
    await work.end('d');
    await queue.idle();
    expect(work.started).toEqual(['a', 'b', 'e', 'd']);
  });

  it('goes on after a restart: what ran runs again, first, and what waited follows', async () => {
    const queue = await open();
    await queue.accept(push('a'));
    await queue.accept(push('b', 'feature'));
    await work.begun('a');
    await queue.close();
    await expect(queue.accept(push('c'))).rejects.toThrow('just ending');
    const next = await open();
    await work.end('a');
    await work.end('b');
    await next.idle();
    expect(work.started).toEqual(['a', 'a', 'b']);
    expect(work.lines).toEqual(['2 runs go on from before']);
    expect(JSON.parse(await readFile(path.join(folder, 'queue.json'), 'utf8'))).toMatchObject({
      waiting: [],
      running: [],
    });
  });

  it('runs what was missed, but not what was there before anybody listened', async () => {
    const queue = await open();
    await queue.catchUp([push('a'), push('b', 'feature')]);
    await queue.idle();
    expect(work.started).toEqual([]);
    await queue.close();
    const next = await open();
    // a branch that has moved on since, and one that has not
    await next.catchUp([push('c'), push('b', 'feature')]);
    await work.end('c');
    await next.idle();
    expect(work.started).toEqual(['c']);
  });

  it('goes on with the next run where one throws', async () => {
    const queue = await open({
      run: async (run) => {
        work.started.push(run.event.commit![0]!);
        throw new Error('a bug');
      },
    });
    await queue.accept(push('a'));
    await queue.accept(push('b', 'feature'));
    await queue.idle();
    expect(work.started).toEqual(['a', 'b']);
    expect(work.lines.join()).toContain('a bug');
  });

  it('does not accept what it cannot keep', async () => {
    const queue = await open();
    await rm(folder, { recursive: true, force: true });
    await writeFile(folder, 'no folder any more');
    await expect(queue.accept(push('a'))).rejects.toThrow('cannot be written');
    await queue.idle();
    expect(work.started).toEqual([]);
  });

  it('refuses a damaged file instead of forgetting what waited', async () => {
    await writeFile(path.join(folder, 'queue.json'), '{"waiting": [');
    await expect(open()).rejects.toThrow('is damaged');
  });
});
