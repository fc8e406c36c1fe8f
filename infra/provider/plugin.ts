import { setTimeout as sleep } from 'node:timers/promises';
import type { provider } from '@pulumi/pulumi';
import { runtime } from '@pulumi/pulumi';
import { describeError, UserError } from '../../core/errors';
import type { Progress } from '../../core/progress';
import type { Operation, ResourceType, ResourceTypes } from './resource-type';
import { plain, same, secret, type Properties } from './wire';

export interface PluginOptions {
  readonly version: string;
  readonly types: ResourceTypes;
  /** Where the steps of an operation on a resource are told. */
  readonly progress: (urn: string) => Progress;
}

/** The plugin and the way to end what it is doing. */
export interface Plugin {
  readonly provider: provider.Provider;
  /** Ends running operations, and waits a moment for them to clean up. */
  stop(reason: string): Promise<void>;
}

const defaultTimeoutSeconds = 300;

/** `urn:pulumi:local::slipway::parent$slipway:index:Registry::name` is a `Registry`. */
function typeName(urn: string): string {
  return urn.split('::')[2]!.split('$').at(-1)!.split(':').at(-1)!;
}

/** What the engine keeps: inputs with the marks they came with, and outputs with the marks of their type. */
function stateOf(type: ResourceType, inputs: Properties, outputs: object): Properties {
  const secrets: readonly string[] = type.secretOutputs ?? [];
  const marked = Object.entries(outputs).map(([key, value]) => [key, secrets.includes(key) ? secret(value) : value]);
  return { ...inputs, ...Object.fromEntries(marked) };
}

/** A recorded state without its marks, as this version writes it. */
function recorded(type: ResourceType, state: Properties): Properties {
  const values = plain(state) as Properties;
  return type.modernize === undefined ? values : (type.modernize(values) as Properties);
}

/** Puts the marks of `before` on the values of `after`, so that a refresh reveals no secret. */
function keepMarks(type: ResourceType, before: Properties, after: Properties): Properties {
  const secrets: readonly string[] = type.secretOutputs ?? [];
  return Object.fromEntries(
    Object.entries(after).map(([key, value]) => {
      const old = before[key];
      if (same(plain(old), value)) return [key, old];
      const wasSecret = typeof old === 'object' && old !== null && runtime.specialSigKey in old;
      return [key, wasSecret || secrets.includes(key) ? secret(value) : value];
    }),
  );
}

/** Serves resource types to the engine: compares, bounds, reports, and keeps secrets secret. */
export function createPlugin({ version, types, progress }: PluginOptions): Plugin {
  const stopped = new AbortController();
  const running = new Set<Promise<unknown>>();

  const find = (urn: string): ResourceType => {
    const type = types[typeName(urn)] as ResourceType | undefined;
    if (type === undefined) throw new Error(`the plugin serves no resource of type ${typeName(urn)}`);
    return type;
  };

  async function run<T>(urn: string, verb: string, work: (type: ResourceType, operation: Operation) => Promise<T>) {
    const type = find(urn);
    const seconds = type.timeoutSeconds ?? defaultTimeoutSeconds;
    const limit = AbortSignal.timeout(seconds * 1000);
    const signal = AbortSignal.any([limit, stopped.signal]);
    const ended = new Promise<never>((_resolve, reject) => {
      const end = (): void => {
        const reason = limit.aborted ? `took longer than ${seconds} s` : String(stopped.signal.reason);
        reject(
          new UserError(`${verb} ${typeName(urn)} ${reason}`, { repair: 'run the same command again: it resumes' }),
        );
      };
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
    });
    const job = work(type, { signal, progress: progress(urn) });
    running.add(job);
    job.catch(() => undefined).finally(() => running.delete(job));
    try {
      return await Promise.race([job, ended]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // the engine shows the message alone, and a stack says nothing to who can repair this
      const told = new Error(describeError(error));
      told.stack = '';
      throw told;
    }
  }

  return {
    provider: {
      version,
      check: async (_urn, _olds, news: Properties) => ({ inputs: news }),
      diff: (id, urn, olds: Properties, news: Properties) =>
        run(urn, 'comparing', async (type, operation) => {
          const before = recorded(type, olds);
          const changed = Object.keys(news).filter((key) => !same(before[key], plain(news[key])));
          const replaces =
            type.update === undefined ? changed : changed.filter((key) => type.replaceOn.includes(key as never));
          if (replaces.length > 0) return { changes: true, replaces };
          const presence = (await type.inspect?.(id, before, operation)) ?? 'present';
          if (presence === 'gone') return { changes: true, replaces: [type.replaceOn[0]!] };
          return { changes: changed.length > 0 || presence === 'changed' };
        }),
      create: (urn, inputs: Properties) =>
        run(urn, 'creating', async (type, operation) => {
          const { id, outputs } = await type.create(plain(inputs) as object, operation);
          return { id, outs: stateOf(type, inputs, outputs) };
        }),
      read: (id, urn, props: Properties) =>
        run(urn, 'reading', async (type, operation) => {
          if (type.read === undefined) return { id, props };
          const found = await type.read(id, recorded(type, props), operation);
          return found === undefined ? {} : { id, props: keepMarks(type, props, found as Properties) };
        }),
      update: (id, urn, olds: Properties, news: Properties) =>
        run(urn, 'updating', async (type, operation) => {
          const outputs = await type.update!(id, recorded(type, olds), plain(news) as object, operation);
          return { outs: stateOf(type, news, outputs) };
        }),
      delete: (id, urn, props: Properties) =>
        run(urn, 'deleting', async (type, operation) => {
          await type.delete?.(id, recorded(type, props), operation);
        }),
      cancel: async () => stopped.abort('was interrupted'),
    },
    stop: async (reason) => {
      stopped.abort(reason);
      await Promise.race([Promise.allSettled(running), sleep(3000)]);
    },
  };
}
