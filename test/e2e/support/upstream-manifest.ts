import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSupply } from '../../../infra/supply';
import { manifests, type Manifest, type ManifestName } from '../../../infra/versions';

/**
 * An upstream manifest, byte for byte as it is pinned: of the supply, or of the file that SLIPWAY_E2E_<NAME> names, as in
 * SLIPWAY_E2E_INGRESS_NGINX, on a machine that reaches no release.
 */
export async function upstreamManifest(name: ManifestName): Promise<string> {
  const variable = `SLIPWAY_E2E_${name.replaceAll('-', '_').toUpperCase()}`;
  const given = process.env[variable];
  const content = readFileSync(given ?? (await createSupply().manifest(name)), 'utf8');
  const { sha256 }: Manifest = manifests[name];
  const found = createHash('sha256').update(content).digest('hex');
  if (sha256 !== undefined && found !== sha256) {
    throw new Error(`${given ?? name} is not the pinned manifest: its sha256 is ${found}, not ${sha256}`);
  }
  return content;
}
