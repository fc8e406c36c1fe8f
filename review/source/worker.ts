import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import * as own from './trace-project';

interface Loader {
  /** Compiles TypeScript that will be loaded, all files at once. */
  readonly compileAhead: (files: readonly string[]) => void;
  /** Keeps what was compiled for the next process. */
  readonly keep: () => void;
}

/** What of a project a render may load besides the declarations of its services. */
const rooms = ['apps/rules', 'core', 'manifests', 'review'];

/**
 * Answers one request, which comes once both sides have been compared; until then the constructs have been loaded.
 */
export function answer(port: MessagePort, { compileAhead, keep }: Loader): void {
  port.once('message', (request: own.TraceRequest) => {
    const foreign = rendererOf(request.root);
    compileAhead([...own.declarationsOf(request), ...(foreign === undefined ? [] : sourcesOf(request.root))]);
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the path is known only now
    const renderer = foreign === undefined ? own : (require(foreign) as typeof own);
    void renderer.traceProject(request).then((answer) => {
      // once it has answered it may be ended at any time
      keep();
      port.postMessage(answer);
    });
  });
}

/** A commit is rendered by its own constructs where it brings them along. */
function rendererOf(root: string): string | undefined {
  const file = path.join(root, 'review/source/trace-project.ts');
  if (!existsSync(file)) return undefined;
  const found = realpathSync(file);
  return found === require.resolve('./trace-project') ? undefined : found;
}

function sourcesOf(root: string): string[] {
  const project = realpathSync(root);
  return rooms
    .filter((room) => existsSync(path.join(project, room)))
    .flatMap((room) =>
      readdirSync(path.join(project, room), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => path.join(project, room, name)),
    );
}
