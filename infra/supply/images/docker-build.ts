import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exec } from '../../../core/exec';
import type { Step } from '../../../core/progress';
import { imageDocument, readArchive, writeArchive, type ImageConfig, type ImageDocument } from './archive';
import { openArchive, sameLayer, timelessLayer } from './archive-layers';
import { parseDockerfile } from './dockerfile';
import type { Layer } from './layer';

export interface DockerBuild {
  /** The container engine's command. */
  readonly engine: string;
  readonly dockerfile: string;
  /** The folder whose files the build may copy. */
  readonly context: string;
  readonly reference: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** A docker-archive of the base image, for an engine that cannot pull it. @default the engine pulls it */
  readonly base?: string;
  readonly step?: Step;
  readonly signal?: AbortSignal;
}

const interruptible = ({ signal }: DockerBuild) => (signal === undefined ? {} : { signal });

const TRUSTING = 'slipway.dev/build-base:trusting';
const STAGE = 'slipway.dev/build-stage';

/**
 * The Dockerfile with a first stage that is marked, so that it can be removed, and that trusts what this machine
 * trusts: where a network inspects TLS, `npm ci` would otherwise refuse the registry. The last stage, which is what is
 * shipped, is not touched.
 */
async function preparedDockerfile(build: DockerBuild, scratch: string): Promise<string> {
  const text = await readFile(build.dockerfile, 'utf8');
  const [first, ...others] = parseDockerfile(text);
  if (first?.name === undefined || others.length === 0) return text;
  const marked = (base: string): string => text.replace(/^(FROM)\s+\S+(.*)$/im, `$1 ${base}$2\nLABEL ${STAGE}=true`);
  const bundle = process.env['NODE_EXTRA_CA_CERTS'];
  if (bundle === undefined || !(await stat(bundle).catch(() => undefined))?.isFile()) return marked(first.base);
  const folder = path.join(scratch, 'trust');
  await mkdir(folder);
  await copyFile(bundle, path.join(folder, 'machine.pem'));
  const added = ['COPY machine.pem /etc/ssl/machine.pem', 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/machine.pem'];
  await writeFile(path.join(folder, 'Dockerfile'), [`FROM ${first.base}`, ...added, ''].join('\n'));
  await exec(build.engine, ['build', '--tag', TRUSTING, folder], { timeoutMs: 10 * 60_000, ...interruptible(build) });
  return marked(TRUSTING);
}

/** Hands the base image to the engine unless it has that very one. */
async function loadBase(build: DockerBuild, base: string, reference: string): Promise<void> {
  const have = await exec(build.engine, ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', reference], {
    allowFailure: true,
  });
  const { document } = await readArchive(base);
  if (have.exitCode === 0 && have.stdout.trim() === JSON.stringify(document.rootfs.diff_ids)) return;
  build.step?.detail(`handing ${reference} to the container engine`);
  await exec(build.engine, ['load', '--input', base], { timeoutMs: 10 * 60_000, ...interruptible(build) });
}

/** Only what says how the image runs; engines add what tells when and where it was built. */
function lasting({ config }: ImageDocument): ImageConfig {
  const { User, Env, Entrypoint, Cmd, WorkingDir, ExposedPorts, Volumes, StopSignal, Labels } = config;
  const all = { User, Env, Entrypoint, Cmd, WorkingDir, ExposedPorts, Volumes, StopSignal };
  const sorted = Object.entries(Labels ?? {}).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const said = Object.entries(all).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return { ...(Object.fromEntries(said) as ImageConfig), Labels: Object.fromEntries(sorted) };
}

/** The image of `saved` without times, on the very layers of its base. */
async function rewrite(saved: string, file: string, build: DockerBuild, scratch: string): Promise<void> {
  const unpack = async (archive: string, name: string) => {
    const folder = path.join(scratch, name);
    await mkdir(folder);
    return openArchive(archive, folder);
  };
  const image = await unpack(saved, 'image');
  const base = build.base === undefined ? undefined : await unpack(build.base, 'base');
  const below = base?.document.rootfs.diff_ids ?? (await baseLayers(build));
  const layers: Layer[] = [];
  for (const [index, diffId] of image.document.rootfs.diff_ids.entries()) {
    if (below[index] === diffId) layers.push(await sameLayer(base?.files[index] ?? image.files[index]!, diffId));
    else layers.push(await timelessLayer(image.files[index]!));
  }
  await writeArchive(file, build.reference, imageDocument(lasting(image.document), layers), layers);
}

async function lastBase(build: DockerBuild): Promise<string> {
  return parseDockerfile(await readFile(build.dockerfile, 'utf8')).at(-1)!.base;
}

async function baseLayers(build: DockerBuild): Promise<readonly string[]> {
  const args = ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', await lastBase(build)];
  return JSON.parse((await exec(build.engine, args)).stdout) as string[];
}

/**
 * Builds a Dockerfile with the engine's own builder and writes the result as a docker-archive that holds no times, so
 * that the same sources on the same base give the same digest. Nothing of the build stays in the engine.
 *
 * @throws CommandFailed with the last lines of the build
 */
export async function dockerBuild(build: DockerBuild, file: string): Promise<void> {
  const { engine, reference, context, step } = build;
  await mkdir(path.dirname(file), { recursive: true });
  const scratch = await mkdtemp(path.join(path.dirname(file), '.build-'));
  try {
    if (build.base !== undefined) await loadBase(build, build.base, await lastBase(build));
    const values = Object.entries(build.arguments).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const labels = Object.entries(build.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
    const args = ['--network', 'host', '--force-rm', '--tag', reference, ...values, ...labels, '--file', '-', context];
    await exec(engine, ['build', ...args], {
      input: await preparedDockerfile(build, scratch),
      timeoutMs: 20 * 60_000,
      onLine: (line) => step?.detail(line),
      ...interruptible(build),
    });
    const saved = path.join(scratch, 'saved.tar');
    await exec(engine, ['save', '--output', saved, reference], { timeoutMs: 10 * 60_000, ...interruptible(build) });
    await rewrite(saved, file, build, scratch);
  } finally {
    await exec(engine, ['rmi', reference], { allowFailure: true });
    await exec(engine, ['image', 'prune', '--force', '--filter', `label=${STAGE}`], { allowFailure: true });
    await exec(engine, ['rmi', TRUSTING], { allowFailure: true });
    await rm(scratch, { recursive: true, force: true });
  }
}
