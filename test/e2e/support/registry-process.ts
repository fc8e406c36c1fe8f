import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../../infra/host/ports';
import { createSupply } from '../../../infra/supply';
import { eventually } from '../harness';

/** The platform's own registry as a process of this machine. */
export class LocalRegistry {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  /** @param folder where it keeps what is pushed */
  static async start(folder: string): Promise<LocalRegistry> {
    const [program, port] = await Promise.all([createSupply().tool('registry'), freePort()]);
    mkdirSync(folder, { recursive: true });
    const settings = path.join(folder, 'config.yaml');
    writeFileSync(
      settings,
      `version: 0.1\nstorage: { filesystem: { rootdirectory: ${folder} } }\nhttp: { addr: '127.0.0.1:${port}' }\n`,
    );
    const registry = new LocalRegistry(port, spawn(program, ['serve', settings], { stdio: 'ignore' }));
    await eventually('the registry answers', 60, async () => {
      return (await fetch(`http://127.0.0.1:${port}/v2/`)).ok || undefined;
    });
    return registry;
  }

  stop(): void {
    this.child.kill();
  }
}
