import { UserError } from '../../core/errors';
import { openForge, type Forge, type ForgeConnection } from '../../forge';
import { FakeForge } from './fake-forge';

const repository = { owner: 'offerfit', name: 'platform' };
const proposal = { branch: 'slipway/one', base: 'main', title: 'Promote', body: 'body' };
const message = { title: 'Promote (#1)', body: 'why' };

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe.each(['gitea', 'github'] as const)('%s', (type) => {
  let fake: FakeForge;
  let connection: ForgeConnection;
  let forge: Forge;

  beforeEach(async () => {
    fake = new FakeForge(type);
    connection = await fake.start();
    forge = openForge(connection, repository, { patienceMs: 3000 });
  });
  afterEach(() => fake.stop());

  test('opens a pull request, and brings the open one up to date', async () => {
    const first = await forge.propose(proposal);
    const second = await forge.propose({ ...proposal, title: 'Promote two' });
    expect(second.number).toBe(first.number);
    expect(fake.pulls).toMatchObject([{ title: 'Promote two', head: { ref: 'slipway/one' }, base: { ref: 'main' } }]);
    expect((await forge.propose({ ...proposal, branch: 'slipway/two' })).number).toBe(2);
  });

  test('is reached by its name without name resolution, with its token', async () => {
    await forge.propose(proposal);
    expect(fake.asked[0]).toMatchObject({ host: new URL(connection.api).host, authorization: 'Bearer a-token' });
  });

  test('signs in by password where that is what it has', async () => {
    const credentials = { username: 'ada', password: 'p' };
    await openForge({ ...connection, credentials }, repository).propose(proposal);
    expect(fake.asked[0]!.authorization).toBe(`Basic ${Buffer.from('ada:p').toString('base64')}`);
  });

  test('says what stands beside a commit, the newest of a context, on whichever page', async () => {
    const commit = 'a'.repeat(40);
    const say = (context: string, state: string) =>
      fake.statuses.push({ commit, context, state, description: `it is ${state}` });
    for (let index = 0; index < 60; index += 1) say(`ci/${index}`, 'success');
    say('cd/developer/hello', 'failure');
    say('cd/developer/hello', 'success');
    const ask = (name: string, of = commit) => forge.statusOf({ ...repository, name }, of, 'cd/developer/hello');
    expect(await ask('platform')).toEqual({ state: 'success', description: 'it is success' });
    expect(await ask('platform', 'b'.repeat(40))).toBeUndefined();
    expect(await ask('elsewhere')).toBeUndefined();
  });

  test('publishes a release once', async () => {
    const note = { tag: 'v1.2.3', name: '1.2.3', body: 'notes' };
    expect(await forge.publish(note)).toEqual(await forge.publish(note));
    expect(fake.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('asks again while it fails for the moment, as long as it wants', async () => {
    fake.faults.push(503, 'hang up', { status: 429, headers: { 'retry-after': '1' } });
    const started = Date.now();
    await forge.propose(proposal);
    expect(Date.now() - started).toBeGreaterThan(1000);
    expect(fake.pulls).toHaveLength(1);
  });

  test('does not open twice what may have been opened', async () => {
    await forge.propose(proposal);
    fake.asked.length = 0;
    const other = openForge(connection, repository);
    const opening = other.propose({ ...proposal, branch: 'slipway/two' });
    // the list is answered, the creation is cut off
    fake.faults.push(...([undefined, 'hang up'] as never[]));
    const error = await refusal(opening);
    expect(error.message).toContain('cut off');
    expect(error.repair).toContain('run the same command again');
    expect(fake.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test.each([
    [401, /refuses the credentials/],
    [403, /forbids GET/],
    [500, /answers 500 to GET/],
  ])('%d is told at once, without the token', async (status, expected) => {
    fake.faults.push(status);
    const error = await refusal(forge.propose(proposal));
    expect(error.message).toMatch(expected);
    expect(error.details).toEqual(['as told']);
    expect(JSON.stringify(error) + error.stack).not.toContain('a-token');
  });

  test('gives up on a forge that is away', async () => {
    await fake.stop();
    const error = await refusal(openForge(connection, repository, { patienceMs: 300 }).propose(proposal));
    expect(error.message).toContain('does not answer');
  });

  test('an interrupted request ends at once', async () => {
    const abort = new AbortController();
    const asked = openForge(connection, repository, { signal: abort.signal }).propose(proposal);
    fake.faults.push(503, 503, 503);
    abort.abort(new UserError('interrupted'));
    await expect(asked).rejects.toThrow('interrupted');
  });
});

describe('merging when the rules allow it', () => {
  async function open(type: 'gitea' | 'github') {
    const fake = new FakeForge(type);
    const forge = openForge(await fake.start(), repository);
    return { fake, forge, pull: await forge.propose(proposal) };
  }

  test('Gitea merges at once where nothing is to wait for, that very commit', async () => {
    const { fake, forge, pull } = await open('gitea');
    expect(await forge.mergeWhenAllowed(pull, message)).toBe('merged');
    expect(fake.asked.find(({ path }) => path.endsWith('/merge'))!.body).toMatchObject({
      Do: 'squash',
      head_commit_id: pull.commit,
      merge_when_checks_succeed: true,
      MergeTitleField: 'Promote (#1)',
    });
    await fake.stop();
  });

  test('Gitea waits for checks, and is asked again while it still looks for conflicts', async () => {
    const { fake, forge, pull } = await open('gitea');
    fake.waits = true;
    fake.mergeAnswers = [{ status: 405, message: 'Please try again later' }];
    expect(await forge.mergeWhenAllowed(pull, message)).toBe('scheduled');
    fake.mergeAnswers = [{ status: 409, message: 'The auto merge is already scheduled' }];
    expect(await forge.mergeWhenAllowed(pull, message)).toBe('scheduled');
    fake.mergeAnswers = [{ status: 409, message: 'head out of date' }];
    expect((await refusal(forge.mergeWhenAllowed(pull, message))).details).toEqual(['head out of date']);
    await fake.stop();
  });

  test('GitHub schedules by its other API, and merges at once where that is refused as needless', async () => {
    const { fake, forge, pull } = await open('github');
    expect(await forge.mergeWhenAllowed(pull, message)).toBe('scheduled');
    const { variables } = fake.asked.at(-1)!.body as { variables: object };
    expect(variables).toEqual({ id: 'node-1', commit: pull.commit, title: 'Promote (#1)', body: 'why' });
    fake.graphqlErrors = ['Pull request Pull request is in clean status'];
    expect(await forge.mergeWhenAllowed(pull, message)).toBe('merged');
    expect(fake.asked.at(-1)!.body).toMatchObject({ merge_method: 'squash', sha: pull.commit });
    fake.graphqlErrors = ['Auto merge is not allowed for this repository'];
    expect((await refusal(forge.mergeWhenAllowed(pull, message))).repair).toContain('allow auto-merge');
    await fake.stop();
  });
});
