import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The published manifest where this machine has it among its Go modules, else a shortened one of the same shape. */
export function argoCdManifest(): string {
  const modules = process.env['GOMODCACHE'] ?? path.join(os.homedir(), 'go/pkg/mod');
  const published = path.join(modules, 'github.com/argoproj/argo-cd/v3@v3.5.4/manifests/install.yaml');
  return existsSync(published) ? readFileSync(published, 'utf8') : shortened('argo-cd');
}

/** A manifest of the shape of the published one, with the parts that our transforms are about. */
export function shortened(name: 'argo-cd' | 'ingress-nginx' | 'metrics-server'): string {
  return readFileSync(path.join(__dirname, 'manifests', `${name}.yaml`), 'utf8');
}
