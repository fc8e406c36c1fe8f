import { existsSync } from 'node:fs';
import path from 'node:path';
import { parentPort } from 'node:worker_threads';
import * as own from './trace-project';

/** A commit is rendered by its own constructs where it brings them along. */
function rendererOf(root: string): typeof own {
  const file = path.join(root, 'review/source/trace-project.ts');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the path is known only now
  return existsSync(file) ? (require(file) as typeof own) : own;
}

// what takes long is to load the constructs; a request comes once the trees are read
parentPort!.once('message', (request: own.TraceRequest) => {
  void rendererOf(request.root)
    .traceProject(request)
    .then((answer) => parentPort!.postMessage(answer));
});
