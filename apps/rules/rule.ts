import type { Draft } from '../draft';
import type { Violation } from '../violation';

/** Looks at the whole catalog and yields what is wrong. Values may be senseless: their shape tells that already. */
export type Rule = (draft: Draft) => Iterable<Violation>;

/** The names of all environments; nothing where one could not be read, since any unknown name may then be that one. */
export function environmentNames({ environments }: Draft): readonly string[] | undefined {
  const names = environments.props.map(({ name }) => name);
  return names.length === 0 || names.includes('') ? undefined : names;
}
