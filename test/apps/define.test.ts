import { defineService } from '../../apps/define';

test('a service is typed as it is written', () => {
  const resources = { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' } as const;
  const props = { name: 'shop', resources };
  expect(defineService(props)).toBe(props);
  // the compiler refuses what the rules would refuse later; `npm run typecheck` fails if one of these is accepted
  // @ts-expect-error an unknown environment
  defineService({ ...props, environments: { prodution: { replicas: 2 } } });
  // @ts-expect-error an unknown key
  defineService({ ...props, replica: 2 });
  // @ts-expect-error a memory quantity without a binary unit
  defineService({ ...props, resources: { ...resources, memoryLimit: '128M' } });
  // @ts-expect-error a relative path
  defineService({ ...props, probes: { readiness: 'health' } });
});
