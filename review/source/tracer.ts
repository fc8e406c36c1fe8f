import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Traced, TraceRequest, Untraceable } from './trace-project';

/** Renders in a thread of its own, which loads the constructs while the trees are read. Answers one request. */
export class Tracer {
  private readonly worker = new Worker(path.join(__dirname, 'worker.js'), { stdout: true, stderr: true });
  private readonly answer: Promise<Traced | Untraceable>;

  constructor() {
    this.answer = new Promise((resolve) => {
      this.worker.once('message', resolve);
      this.worker.once('error', (error) => resolve({ problems: [error.message.split('\n', 1)[0]!] }));
      this.worker.once('exit', () => resolve({ problems: ['the renderer ended without an answer'] }));
    });
    // a review that fails before it asks must not wait for the thread
    this.worker.unref();
  }

  trace(request: TraceRequest): Promise<Traced | Untraceable> {
    this.worker.ref();
    this.worker.postMessage(request);
    return this.answer;
  }

  end(): void {
    void this.worker.terminate();
  }
}
