import type { EnvironmentProps } from './model';

export const environments = [
  { name: 'developer', hostPrefix: 'dev' },
  { name: 'production', promotesFrom: 'developer' },
] as const satisfies readonly EnvironmentProps[];

export type EnvironmentName = (typeof environments)[number]['name'];
