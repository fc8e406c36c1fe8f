import { git } from '../../delivery/workbench';
import { SmallProject } from './project';

let project: SmallProject;
beforeEach(async () => {
  project = await SmallProject.create({ 'apps/shop/service.ts repository': 'example/shop' });
  git(project.root, 'init', '--quiet');
  git(project.root, 'commit', '--quiet', '--allow-empty', '--message', 'Start');
});
afterEach(() => project.remove());

describe('an image of a service whose code lives elsewhere', () => {
  test('is not built from here', async () => {
    const { exitCode, stderr } = await project.slipway('image', 'build', 'shop');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the sources of these services are not here\n  shop: is in example/shop');
    expect(stderr).toContain('npx slipway image push shop --from <folder of the clone>');
  });

  test('comes of one clone, and of no service that lives here', async () => {
    for (const services of [['stock'], ['shop', 'stock']]) {
      const { exitCode, stderr } = await project.slipway('image', 'build', ...services, '--from', project.root);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('--from is for one service with a repository of its own');
      expect(stderr).toContain('stock: is here');
    }
  });

  test('is refused where the clone holds what no commit does', async () => {
    project.write('clone/src/main.js', 'new\n');
    git(`${project.root}/clone`, 'init', '--quiet');
    git(`${project.root}/clone`, 'commit', '--quiet', '--allow-empty', '--message', 'Start');
    const { exitCode, stderr } = await project.slipway('image', 'build', 'shop', '--from', `${project.root}/clone`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('these files are in no commit, so nobody could build this image again\n  src/main.js');
  });
});

test('another repository of the forge is named in full', async () => {
  const { exitCode, stderr } = await project.slipway('git', 'push', '--repository', 'hello');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('"hello" is not a repository; allowed: <owner>/<name>, such as offerfit/hello');
});
