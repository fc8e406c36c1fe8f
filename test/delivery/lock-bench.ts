import { parseRelease } from '../../apps/release';
import type { Release, Released } from '../../apps/model';
import type { BuiltImage } from '../../delivery/bump';
import type { LockCommand } from '../../delivery/change-locks';
import { firstDelivery } from '../../delivery/first-delivery';
import { digestOf, git, renderReleases, Workbench } from './workbench';

/** A delivered platform whose locks a test moves. */
export class LockBench extends Workbench {
  /** A bench after its first delivery. */
  static async create(...services: readonly string[]): Promise<LockBench> {
    const bench = new LockBench();
    for (const service of services) bench.addService(service);
    await bench.commit('Start');
    await firstDelivery(bench.options);
    return bench;
  }

  get command(): LockCommand {
    return { root: this.root, remote: this.remote, actor: { name: 'Bot' }, render: renderReleases };
  }

  lock(environment = 'developer', service = 'service-a'): Release {
    return parseRelease(this.platformFile(`apps/${service}/releases/${environment}.yaml`));
  }

  release(environment = 'developer', service = 'service-a'): Released {
    return this.lock(environment, service) as Released;
  }

  /** A commit on the platform's branch, and the image that was built from it. */
  async sourceCommit(name: string, service = 'service-a'): Promise<BuiltImage> {
    return this.image(await this.platformChange({ [`apps/${service}/code.txt`]: `${name}\n` }, name), service);
  }

  image(source: string, service = 'service-a', extra: Partial<BuiltImage> = {}): BuiltImage {
    const image = `registry.offerfit.local/${service}:${source.slice(0, 7)}`;
    return { service, image, digest: digestOf(source.slice(0, 20)), source, ...extra };
  }

  head(branch = 'main'): string {
    return git(this.bare, 'rev-parse', branch);
  }

  message(commit = 'main'): string {
    return git(this.bare, 'log', '-1', '--format=%an%n%B', commit);
  }
}
