import { runtime, type provider } from '@pulumi/pulumi';
import { UserError } from '../../../core/errors';
import { silentProgress } from '../../../core/progress';
import { createPlugin } from '../../../infra/provider/plugin';
import type { Operation, Presence, ResourceType } from '../../../infra/provider/resource-type';
import { plain, same, secret } from '../../../infra/provider/wire';

interface Inputs {
  readonly name: string;
  readonly size?: number;
  readonly password?: string;
}
interface Outputs {
  readonly token: string;
  readonly url: string;
}

const urn = (type: string): string => `urn:pulumi:local::slipway::slipway:component:Cluster$slipway:index:${type}::x`;
const thing = urn('Thing');

function serve(type: Partial<ResourceType<Inputs, Outputs>> = {}) {
  const calls: unknown[] = [];
  const whole: ResourceType<Inputs, Outputs> = {
    replaceOn: ['name'],
    secretOutputs: ['token'],
    create: async (inputs) => {
      calls.push(inputs);
      return { id: inputs.name, outputs: { token: 't0ken', url: `http://${inputs.name}` } };
    },
    update: async (_id, _state, inputs) => {
      calls.push(inputs);
      return { token: 'second', url: `http://${inputs.name}` };
    },
    ...type,
  };
  const plugin = createPlugin({ version: '1.2.3', types: { Thing: whole }, progress: () => silentProgress });
  return { ...plugin, calls, plugin: plugin.provider as Required<provider.Provider> };
}

const state = { name: 'a', password: secret('hush'), token: secret('t0ken'), url: 'http://a' };

test('a state that an earlier version recorded is brought up to this one before anything is done with it', async () => {
  const seen: object[] = [];
  const modernize = ({ called, ...rest }: { called?: string }) =>
    ({ name: called, ...rest }) as unknown as Inputs & Outputs;
  const { plugin } = serve({
    modernize,
    read: async (_id, found) => (seen.push(found), found),
    inspect: async (_id, found) => (seen.push(found), 'present'),
    delete: async (_id, found) => void seen.push(found),
  });
  const old = { called: 'a', token: secret('t0ken'), url: 'http://a' };
  expect(await plugin.diff('a', thing, old, { name: 'a' })).toEqual({ changes: false });
  await plugin.read('a', thing, old);
  await plugin.delete('a', thing, old);
  expect(seen).toEqual(Array(3).fill({ name: 'a', token: 't0ken', url: 'http://a' }));
});

describe('secrets', () => {
  test('come to a type as they are and go back marked', async () => {
    const { plugin, calls } = serve();
    const { outs } = await plugin.create(thing, { name: 'a', password: secret('hush') });
    expect(calls).toEqual([{ name: 'a', password: 'hush' }]);
    expect(outs).toEqual(state);
  });

  test('stay marked when they are read, changed ones too', async () => {
    const read = async () => ({ name: 'a', password: 'other', token: 't0ken', url: 'http://b' });
    const { plugin } = serve({ read });
    const { id, props } = await plugin.read('a', thing, state);
    expect(id).toBe('a');
    expect(props).toEqual({ name: 'a', password: secret('other'), token: secret('t0ken'), url: 'http://b' });
  });

  test('stay marked when they are updated', async () => {
    const { outs } = await serve().plugin.update('a', thing, state, { name: 'a', password: secret('new') });
    expect(outs).toEqual({ name: 'a', password: secret('new'), token: secret('second'), url: 'http://a' });
  });
});

describe('what changed', () => {
  const diff = async (news: object, type: Partial<ResourceType<Inputs, Outputs>> = {}) =>
    serve(type).plugin.diff('a', thing, state, news);

  test('nothing, whatever the outputs are', async () => {
    expect(await diff({ name: 'a', password: secret('hush') })).toEqual({ changes: false });
  });

  test('a value that can be changed in place', async () => {
    expect(await diff({ name: 'a', size: 2, password: secret('hush') })).toEqual({ changes: true });
    expect(await diff({ name: 'a', password: secret('new') })).toEqual({ changes: true });
  });

  test('the identity, which takes a new resource', async () => {
    expect(await diff({ name: 'b', password: secret('hush') })).toEqual({ changes: true, replaces: ['name'] });
  });

  test('everything takes a new resource where a type cannot update', async () => {
    const news = { name: 'a', size: 2, password: secret('hush') };
    const type = serve().plugin && ({ update: undefined } as unknown as Partial<ResourceType<Inputs, Outputs>>);
    expect(await diff(news, type)).toEqual({ changes: true, replaces: ['size'] });
  });

  test('what is not known yet counts as changed', async () => {
    expect(await diff({ name: 'a', password: runtime.unknownValue })).toEqual({ changes: true });
  });

  test.each<[Presence, object]>([
    ['present', { changes: false }],
    ['changed', { changes: true }],
    ['gone', { changes: true, replaces: ['name'] }],
  ])('what is %s in reality', async (presence, expected) => {
    expect(await diff({ name: 'a', password: secret('hush') }, { inspect: async () => presence })).toEqual(expected);
  });
});

describe('reading and deleting', () => {
  test('what is gone is dropped from the state', async () => {
    expect(await serve({ read: async () => undefined }).plugin.read('a', thing, state)).toEqual({});
  });

  test('a type that cannot look says what the state says', async () => {
    expect(await serve().plugin.read('a', thing, state)).toEqual({ id: 'a', props: state });
  });

  test('a type without anything to remove removes nothing', async () => {
    await expect(serve().plugin.delete('a', thing, state)).resolves.toBeUndefined();
  });
});

describe('an operation that does not end well', () => {
  const failing = (error: Error) => serve({ create: () => Promise.reject(error) }).plugin.create(thing, { name: 'a' });

  test('shows details and repair of what a user can mend, without a stack', async () => {
    const error = await failing(
      new UserError('port 80 is taken', { details: ['by nginx'], repair: 'choose another with --http-port' }),
    ).catch((caught: Error) => caught);
    expect(error).toMatchObject({
      message: 'port 80 is taken\n  by nginx\nrepair: choose another with --http-port',
      stack: '',
    });
  });

  test('keeps the stack of a bug', async () => {
    const bug = new TypeError('x is undefined');
    await expect(failing(bug)).rejects.toBe(bug);
  });

  test('is bounded, and its work is told to stop', async () => {
    let signal: AbortSignal | undefined;
    const create = (_inputs: Inputs, operation: Operation) => {
      signal = operation.signal;
      return new Promise<never>(() => undefined);
    };
    await expect(serve({ create, timeoutSeconds: 0.05 }).plugin.create(thing, { name: 'a' })).rejects.toThrow(
      'creating Thing took longer than 0.05 s',
    );
    expect(signal!.aborted).toBe(true);
  });

  test('is ended by the engine, and nothing starts after that', async () => {
    const { plugin } = serve({ create: () => new Promise<never>(() => undefined) });
    const running = plugin.create(thing, { name: 'a' });
    await plugin.cancel();
    await expect(running).rejects.toThrow('creating Thing was interrupted');
    await expect(plugin.delete('a', thing, state)).rejects.toThrow('deleting Thing was interrupted');
  });

  test('is waited for a moment when the plugin stops', async () => {
    let cleaned = false;
    const create = async (_inputs: Inputs, { signal }: Operation): Promise<never> => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise((resolve) => setTimeout(resolve, 50));
      cleaned = true;
      throw signal.reason;
    };
    const { plugin, stop } = serve({ create });
    const running = plugin.create(thing, { name: 'a' }).catch((error: Error) => error.message);
    await stop('lost the engine');
    expect(cleaned).toBe(true);
    expect(await running).toContain('lost the engine');
  });

  test('is a bug where no such type is served', async () => {
    await expect(serve().plugin.create(urn('Other'), {})).rejects.toThrow('serves no resource of type Other');
  });
});

test('inputs are taken as they come', async () => {
  const news = { name: 'a', password: secret('hush') };
  expect(await serve().plugin.check(thing, {}, news)).toEqual({ inputs: news });
  expect(serve().plugin.version).toBe('1.2.3');
});

test('values are compared by content', () => {
  expect(same({ a: [1, { b: 2 }], c: undefined }, { a: [1, { b: 2 }] })).toBe(true);
  expect(same([1, 2], [1])).toBe(false);
  expect(same({ a: 1 }, [1])).toBe(false);
  expect(same(null, {})).toBe(false);
  expect(plain({ a: [secret({ b: secret(1) })], c: null })).toEqual({ a: [{ b: 1 }], c: null });
});
