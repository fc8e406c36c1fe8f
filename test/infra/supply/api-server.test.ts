import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createSupply } from '../../../infra/supply';
import { goModOf } from '../../../infra/supply/make/make-api-server';
import type { Step } from '../../../core/progress';
import { sha256, World } from './support/world';

jest.setTimeout(60_000);

const version = 'v1.35.4';
const url = `https://dl.k8s.io/release/${version}/bin/linux/amd64/kube-apiserver`;
const program = '#!/bin/sh\necho "Kubernetes v1.35.4"\n';
const recordOf = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(path.join(path.dirname(file), 'supply.json'), 'utf8'));

describe('the API server of another release', () => {
  let world: World;
  beforeEach(async () => {
    world = new World();
    await world.server.open();
  });
  afterEach(() => world.close());

  const publishRelease = (checksum = sha256(program)): void => {
    world.publish();
    world.server.files.set(world.pathOf(url), Buffer.from(program));
    world.server.files.set(world.pathOf(`${url}.sha256`), Buffer.from(checksum));
  };

  test('is downloaded, checked and kept', async () => {
    publishRelease();
    const file = await createSupply(world.options()).apiServer(version);
    expect(execFileSync(file, { encoding: 'utf8' })).toBe('Kubernetes v1.35.4\n');
    await expect(recordOf(file)).resolves.toMatchObject({ name: 'kube-apiserver', version, obtained: url });
    expect(await createSupply(world.options()).apiServer(version)).toBe(file);
    expect(world.server.count(world.pathOf(url))).toBe(1);
    expect(world.go.calls()).toEqual([]);
  });

  test('is refused where its content is not what was published, and not made good by compiling', async () => {
    publishRelease('0'.repeat(64));
    await expect(createSupply(world.options()).apiServer(version)).rejects.toThrow(/is not what its publisher says/);
    expect(world.go.calls('start')).toEqual([]);
  });

  test('is compiled from its module where nothing is published, and says how far it is', async () => {
    const told: (string | number)[] = [];
    const step: Step = {
      detail: (text) => told.push(text),
      advance: (fraction) => told.push(fraction),
      say: () => undefined,
    };
    const file = await createSupply(world.options()).apiServer(version, step);
    expect(existsSync(file)).toBe(true);
    expect(world.go.calls('module').map(({ what }) => what)).toEqual([`k8s.io/kubernetes@${version}`]);
    expect(world.go.calls('get').map(({ what }) => what)).toEqual([`k8s.io/kubernetes/cmd/kube-apiserver@${version}`]);
    const [build] = world.go.calls('start');
    expect(build!.args.join(' ')).toContain(`gitVersion=${version} -X k8s.io/component-base/version.gitMajor=1`);
    expect(told).toEqual(expect.arrayContaining(['fetching its modules', 'compiling', 0.9]));
    await expect(recordOf(file)).resolves.toMatchObject({ version, verifiedBy: "Go's checksum database" });
  });

  test('is told with the reason where nobody has it, and leaves nothing', async () => {
    world.go.behave({ unknown: [`k8s.io/kubernetes@${version}`] });
    const supply = createSupply(world.options());
    await expect(supply.apiServer(version)).rejects.toMatchObject({
      message: `kube-apiserver of Kubernetes ${version} cannot be had`,
      details: [`k8s.io/kubernetes@${version}: unknown revision`],
      repair: expect.stringContaining('kubernetes.io/releases'),
    });
    expect(existsSync(path.join(world.cache, 'tools/kube-apiserver', version))).toBe(false);
  });

  test('is not compiled where that is forbidden', async () => {
    const supply = createSupply(world.options({ noBuild: true }));
    await expect(supply.apiServer(version)).rejects.toThrow('kube-apiserver v1.35.4 would have to be built');
  });
});

test.each(['latest', '1.35.4', 'v1.35', 'v2.0.0', 'v1.35.4/../..', ''])('"%s" is no release', async (name) => {
  await expect(createSupply().apiServer(name)).rejects.toMatchObject({
    message: `"${name}" is no release of Kubernetes`,
    repair: 'write it in full, as in v1.36.1',
  });
});

test('what Kubernetes keeps beside its code is taken from where it is published', () => {
  const upstream = `module k8s.io/kubernetes

go 1.25.0

godebug default=go1.25

require (
	github.com/spf13/cobra v1.10.0
	k8s.io/api v0.0.0
	k8s.io/streaming v0.0.0 // indirect
	k8s.io/utils v0.0.0-20260210185600-b8788abfbbc2
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
)
`;
  expect(goModOf('v1.35.4', upstream)).toBe(`module slipway.dev/supply/kubernetes

go 1.25.0

godebug default=go1.25

require k8s.io/kubernetes v1.35.4

replace (
	k8s.io/api => k8s.io/api v0.35.4
	k8s.io/streaming => k8s.io/streaming v0.35.4
)
`);
});
