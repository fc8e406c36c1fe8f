import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { projectRoot } from '../../core/paths';

/** Relative to the project; together they need nothing but Node. */
const sources = [
  'core/signature',
  'infra/refresh-hook/application-sets',
  'infra/refresh-hook/server',
  'infra/refresh-hook/main',
] as const;

/** What Node is started with, relative to where the files lie. */
export const refreshHookMain = 'infra/refresh-hook/main.js';

/** The files of the program as JavaScript, by their paths. */
export function refreshHookProgram(): ReadonlyMap<string, string> {
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true };
  return new Map(
    sources.map((source) => {
      const text = readFileSync(path.join(projectRoot, `${source}.ts`), 'utf8');
      return [`${source}.js`, transpileModule(text, { compilerOptions }).outputText];
    }),
  );
}
