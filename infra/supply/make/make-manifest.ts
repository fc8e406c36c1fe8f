import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { exec } from '../../../core/exec';
import { manifests, moduleFiles, type Manifest, type ManifestName } from '../../versions';
import { downloadFile } from '../fetch/download';
import { Unreachable } from '../fetch/retry';
import { manifestId } from '../ids';
import type { ToolSource } from '../types';
import { describeFile } from './describe-file';
import type { Workshop } from './workshop';

/** Puts an upstream manifest into the store: downloaded, else taken out of its Go module. @returns the entry's folder */
export async function makeManifest(
  name: ManifestName,
  workshop: Workshop,
  sources: Pick<ToolSource, 'tool' | 'files'>,
): Promise<string> {
  const manifest: Manifest = manifests[name];
  if (manifest.module === undefined || (await workshop.answers(manifest.url))) {
    try {
      return await downloadManifest(name, manifest, workshop);
    } catch (error) {
      if (!(error instanceof Unreachable) || manifest.module === undefined) throw error;
      workshop.settings.say(`${error.message}; taking it out of its Go module`);
    }
  }
  return extractManifest(name, manifest, manifest.module!, workshop, sources);
}

function downloadManifest(name: ManifestName, manifest: Manifest, workshop: Workshop): Promise<string> {
  const { rewrite, patience, signal } = workshop.settings;
  const file = `${name}.yaml`;
  return workshop.store.put(manifestId(name), async (folder) => {
    const sha256 = await downloadFile(rewrite(manifest.url), path.join(folder, file), {
      patience,
      ...(signal && { signal }),
      ...(manifest.sha256 !== undefined && { sha256: manifest.sha256 }),
    });
    const first = await workshop.digests.check(manifest.url, sha256);
    const seen = first ? 'nobody yet: recorded at this first download' : 'the digest of its first download';
    return {
      obtained: manifest.url,
      ...(await describeFile(folder, file)),
      verifiedBy: manifest.sha256 === undefined ? seen : 'a sha256 pinned here',
    };
  });
}

async function extractManifest(
  name: ManifestName,
  manifest: Manifest,
  module: NonNullable<Manifest['module']>,
  workshop: Workshop,
  sources: Pick<ToolSource, 'tool' | 'files'>,
): Promise<string> {
  const source = path.join(await sources.files(module.files), module.path);
  const text =
    module.kustomize === true
      ? (await exec(await sources.tool('kubectl'), ['kustomize', source])).stdout
      : await readFile(source, 'utf8');
  const file = `${name}.yaml`;
  return workshop.store.put(manifestId(name), async (folder) => {
    await writeFile(path.join(folder, file), text);
    const described = await describeFile(folder, file);
    if (manifest.sha256 !== undefined && described.sha256 !== manifest.sha256) {
      throw new UserError(`${module.path} of ${moduleFiles[module.files].module} is not the manifest that is pinned`, {
        details: [`pinned: sha256 ${manifest.sha256}`, `got:    sha256 ${described.sha256}`],
        repair: 'correct the sha256 in infra/versions.ts if the version was changed on purpose',
      });
    }
    return { obtained: `module ${moduleFiles[module.files].module}`, ...described, verifiedBy: 'go.sum' };
  });
}
