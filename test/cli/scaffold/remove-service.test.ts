import { git } from '../../delivery/workbench';
import { SmallProject } from './project';

let project: SmallProject;
beforeEach(async () => {
  project = await SmallProject.create();
  project.write('apps/stock/src/main.ts', 'export {};\n');
  project.write('.gitignore', '.slipway/\n');
  git(project.root, 'init', '--quiet');
  git(project.root, 'add', '--all');
  git(project.root, 'commit', '--quiet', '--message', 'Start');
});
afterEach(() => project.remove());

test('what describes it and its rendering go, its code stays', async () => {
  const { exitCode, stderr } = await project.slipway('remove', 'service', 'stock');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(project.files('apps/stock')).toEqual(['apps/stock/src/main.ts']);
  expect(project.files('dist').filter((file) => file.includes('stock'))).toEqual([]);
  expect(stderr).toContain('testing: it is deleted from the cluster');
  expect(stderr).toContain('live: it runs on until `npx slipway remove service stock --from live`');
});

test('its code goes where that is said', async () => {
  const { exitCode, stdout } = await project.slipway('remove', 'service', 'stock', '--code', '--json');
  expect(exitCode).toBe(0);
  expect(project.files('apps').filter((file) => file.includes('stock'))).toEqual([]);
  expect(JSON.parse(stdout)).toMatchObject({ removed: ['apps/stock'], goes: ['testing'], stays: ['live'] });
});

test('one that was interrupted is taken up', async () => {
  git(project.root, 'rm', '--quiet', 'apps/stock/service.ts');
  git(project.root, 'commit', '--quiet', '--message', 'Half');
  expect(await project.slipway('remove', 'service', 'stock')).toMatchObject({ exitCode: 0 });
  expect(project.files('apps/stock')).toEqual(['apps/stock/src/main.ts']);
});

test('a dry run changes nothing', async () => {
  const before = project.snapshot();
  expect(await project.slipway('remove', 'service', 'stock', '--dry-run')).toMatchObject({ exitCode: 0 });
  expect(project.snapshot()).toEqual(before);
});

describe('refusals change nothing', () => {
  afterEach(() => expect(git(project.root, 'status', '--porcelain', 'dist')).toBe(''));

  test('one that is called by others', async () => {
    const { exitCode, stderr } = await project.slipway('remove', 'service', 'shop');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('apps/stock/service.ts: calls[0]: "shop" is not a service');
  });

  test('the last one', async () => {
    expect(await project.slipway('remove', 'service', 'stock', '--code')).toMatchObject({ exitCode: 0 });
    git(project.root, 'add', '--all');
    git(project.root, 'commit', '--quiet', '--message', 'Remove stock');
    const { exitCode, stderr } = await project.slipway('remove', 'service', 'shop');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no service is described');
  });

  test('one that is none', async () => {
    const { exitCode, stderr } = await project.slipway('remove', 'service', 'stocks');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('"stocks" is not a service; allowed: "shop", "stock"\nrepair: did you mean "stock"?');
  });

  test('files that no commit holds, unless it is forced', async () => {
    project.write('apps/stock/src/new.ts', 'export {};\n');
    const { exitCode, stderr } = await project.slipway('remove', 'service', 'stock', '--code');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('apps/stock/src/new.ts: is in no commit, and would be lost; commit it, or give --force');
    expect(await project.slipway('remove', 'service', 'stock')).toMatchObject({ exitCode: 0 });
    git(project.root, 'checkout', '--quiet', 'apps', 'dist');
    expect(await project.slipway('remove', 'service', 'stock', '--code', '--force')).toMatchObject({ exitCode: 0 });
    git(project.root, 'checkout', '--quiet', 'apps', 'dist');
  });
});
