import type { Adoptions } from '../components/github-options';

/** Handed from the command line to the program that `pulumi up` runs, since it asks GitHub before the engine starts. */
export const adoptionsVariable = 'SLIPWAY_GITHUB_ADOPT';

/** What is on GitHub already and not in the stack. @default nothing: what is there is met when it is made */
export function readAdoptions(environment: Readonly<Record<string, string | undefined>> = process.env): Adoptions {
  const text = environment[adoptionsVariable];
  return text ? (JSON.parse(text) as Adoptions) : {};
}
