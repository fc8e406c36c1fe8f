import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../core/paths';
import { synthesize } from '../manifests/synth';
import { serviceName, writeSlipwayProject } from './projects';

export const environments = ['developer', 'staging', 'production'];
export const services = 1000;
export const changedServices = 50;

function git(root: string, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.invalid', '-c', 'gc.auto=0'];
  execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'ignore' });
}

/** A project of its own with all its objects committed, and 50 services that ask for more in production. */
export async function makeReviewedProject(root: string, count: number = services): Promise<void> {
  writeSlipwayProject(root, { services: count, environments });
  for (const room of ['cli', 'delivery', 'forge', 'infra', 'review']) {
    cpSync(path.join(projectRoot, room), path.join(root, room), { recursive: true });
  }
  writeFileSync(path.join(root, '.gitignore'), 'node_modules\n.slipway\n');
  await synthesize({ root });
  git(root, 'init', '--quiet', '--initial-branch=main');
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', 'Base');
  git(root, 'gc', '--quiet');
  for (let index = 0; index < changedServices; index += 1) {
    const file = path.join(root, 'apps', serviceName(Math.floor(index * (count / changedServices))), 'service.ts');
    const text = readFileSync(file, 'utf8');
    const override = "environments: { production: { resources: { cpuRequest: '30m' } } },\n});";
    writeFileSync(file, text.replace(/\}\);\s*$/, `  ${override}\n`));
  }
  await synthesize({ root });
  git(root, 'add', '--all');
}
