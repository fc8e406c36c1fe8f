import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';

/**
 * Reads process numbers until its input ends, which it also does when this process is killed; then ends those processes
 * and removes the folder. A shell, since it has to outlive this program by a moment on every system.
 */
const script = [
  'pids=',
  'while read -r pid; do pids="$pids $pid"; done',
  '[ -z "$pids" ] || kill -9 $pids 2>/dev/null',
  // what still writes makes a removal fail, so it is tried until it holds
  'for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1" 2>/dev/null && [ ! -e "$1" ] && exit 0; sleep 0.1; done',
  'exit 1',
].join('\n');

/** Ends processes and removes a folder when told, or when this process dies, by whatever signal. */
export class Keeper {
  private readonly shell: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(private readonly folder: string) {
    // of a session of its own, so that Ctrl-C in the terminal leaves it to do its work
    this.shell = spawn('/bin/sh', ['-c', script, 'sh', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.shell.stdin!.on('error', () => undefined);
    this.ended = once(this.shell, 'close');
  }

  watch(pid: number): void {
    this.shell.stdin!.write(`${pid}\n`);
  }

  async clear(): Promise<void> {
    this.shell.stdin!.end();
    await this.ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
