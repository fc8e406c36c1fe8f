import { Environment, type ParseResult } from '@marcbachmann/cel-js';

/** What an expression may name; `variables` holds the policy's own. */
export interface Surroundings {
  readonly object: unknown;
  readonly request: unknown;
  readonly variables: unknown;
}

/** An expression that is ready to be evaluated. */
export type Expression = (surroundings: Surroundings) => unknown;

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
});

/** @throws Error saying where the expression is wrong */
export function compile(expression: string): Expression {
  const parsed: ParseResult = environment.parse(expression);
  return (surroundings) => parsed(surroundings as unknown as Record<string, unknown>) as unknown;
}

/** Variables in order, each evaluated when it is first asked for, as the API server does. */
export function variablesOf(
  variables: readonly { readonly name: string; readonly value: Expression }[],
  surroundings: Omit<Surroundings, 'variables'>,
): object {
  const result = {};
  for (const { name, value } of variables) {
    Object.defineProperty(result, name, {
      configurable: true,
      enumerable: true,
      get() {
        const found = value({ ...surroundings, variables: result });
        Object.defineProperty(result, name, { value: found, enumerable: true });
        return found;
      },
    });
  }
  return result;
}
