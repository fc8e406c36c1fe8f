import { deleteLeftovers, findLeftovers } from '../../../cli/platform/removal';
import type { Kubectl } from '../../../cli/platform/kubectl';

const production = { name: 'production', namespace: 'production' };
const step = { detail: () => undefined, advance: () => undefined, say: () => undefined };
const { signal } = new AbortController();

const policy = { kind: 'NetworkPolicy', name: 'orders' };
const deployed = { status: { resources: [{ kind: 'Deployment', name: 'orders' }] } };
const own = (...resources: object[]) => ({ metadata: { name: 'production' }, status: { resources } });

/** A cluster of two Applications; `run` changes it as Argo CD would. */
function cluster(applications: Record<string, object>, act: (args: readonly string[]) => void = () => undefined) {
  const commands: string[] = [];
  const kubectl = {
    run: async (args: readonly string[]) => {
      commands.push(args.join(' '));
      act(args);
      return '';
    },
    get: async (_kind: string, name: string) => applications[name],
    list: async () => [],
  } as unknown as Kubectl;
  return { kubectl, commands, applications };
}

describe('what a service leaves', () => {
  test('is its Application with what that deployed, and its policy in the environment', async () => {
    const { kubectl } = cluster({
      'production-orders': deployed,
      production: own(policy, { ...policy, name: 'shop' }),
    });
    expect(await findLeftovers(kubectl, 'orders', production)).toEqual({
      application: 'production-orders',
      objects: ['Deployment orders'],
      policy: true,
    });
  });

  test('is nothing where it never was', async () => {
    const { kubectl } = cluster({ production: own() });
    expect(await findLeftovers(kubectl, 'orders', production)).toEqual({ objects: [], policy: false });
  });
});

describe('deleting it', () => {
  test('lets Argo CD take along what it deployed, then prunes the one policy', async () => {
    const world = cluster({ 'production-orders': deployed, production: own(policy) }, (args) => {
      if (args[0] === 'delete') delete world.applications['production-orders'];
      if (args.join(' ').includes('"operation"')) world.applications['production'] = own();
    });
    const leftovers = await findLeftovers(world.kubectl, 'orders', production);
    await deleteLeftovers(world.kubectl, 'orders', production, { leftovers, step, signal });
    expect(world.commands.map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'patch applications.argoproj.io production-orders',
      'delete applications.argoproj.io production-orders',
      'patch applications.argoproj.io production',
    ]);
    expect(world.commands[0]).toContain('resources-finalizer.argocd.argoproj.io');
    const resources = [{ group: 'networking.k8s.io', kind: 'NetworkPolicy', name: 'orders', namespace: 'production' }];
    expect(world.commands[2]).toContain(JSON.stringify({ prune: true, resources }));
  });

  test('of which nothing is there touches nothing', async () => {
    const { kubectl, commands } = cluster({});
    await deleteLeftovers(kubectl, 'orders', production, { leftovers: { objects: [], policy: false }, step, signal });
    expect(commands).toEqual([]);
  });

  test('says why Argo CD does not prune', async () => {
    const world = cluster({ production: own(policy) }, () => {
      const operationState = { phase: 'Failed', message: 'not permitted' };
      world.applications['production'] = { status: { operationState, resources: [policy] } };
    });
    await expect(
      deleteLeftovers(world.kubectl, 'orders', production, { leftovers: { objects: [], policy: true }, step, signal }),
    ).rejects.toThrow('Argo CD cannot prune NetworkPolicy orders: not permitted');
  });
});
