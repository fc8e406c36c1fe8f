import path from 'node:path';
import { imageDocument, writeArchive } from '../../../infra/supply/images/archive';
import { openArchive } from '../../../infra/supply/images/archive-layers';
import { buildServiceImage, type ServiceImageOptions } from '../../../infra/supply/images/service-image';
import { command, digestOfFile, list, member, removeFolders, scratch, smallRoot, write } from './support';

afterAll(removeFolders);

const DOCKERFILE = `FROM node:24-bookworm-slim AS build
WORKDIR /apps/tiny
RUN npm ci && npm run build
FROM node:24-bookworm-slim
ARG VERSION=unknown
LABEL org.opencontainers.image.title="tiny" org.opencontainers.image.version="$VERSION"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /apps/tiny/package.json ./
COPY --from=build /apps/tiny/build ./build
USER 1000
CMD ["node", "/app"]
`;

function project(): string {
  const compilerOptions = { module: 'node20', target: 'ES2023', types: [], sourceMap: true };
  return write(scratch(), {
    'apps/tiny/Dockerfile': DOCKERFILE,
    'apps/tiny/package.json': '{"name":"tiny","main":"build/tiny/src/main.js"}',
    'apps/tiny/tsconfig.json': JSON.stringify({
      compilerOptions: { ...compilerOptions, rootDir: '..', outDir: 'build' },
      include: ['src'],
    }),
    'apps/tiny/src/main.ts': "import { shared } from '../../shared/text';\nexport const said: string = shared;\n",
    'apps/shared/text.ts': "export const shared = 'shared';\n",
  });
}

async function options(root: string): Promise<ServiceImageOptions> {
  const folder = scratch();
  const { layer } = await smallRoot(folder);
  const base = path.join(folder, 'base.tar');
  await writeArchive(base, 'node:24-bookworm-slim', imageDocument({ Env: ['PATH=/bin'] }, [layer]), [layer]);
  return {
    root,
    service: 'tiny',
    reference: 'registry.offerfit.local/tiny:abc',
    version: '1.0.0',
    revision: 'abcdef',
    source: 'http://git.offerfit.local/offerfit/platform.git',
    file: path.join(folder, 'tiny.tar'),
    // the digest of the archive itself does for a test; the real one reckons that of the image in it
    crane: command(folder, 'crane', 'echo "sha256:$(sha256sum "$3" | cut -d" " -f1)"'),
    base,
  };
}

test('without an engine the service is compiled and put where its Dockerfile puts it', async () => {
  const given = await options(project());
  const built = await buildServiceImage(given);
  expect(built).toMatchObject({ image: given.reference, archive: given.file });
  expect(built.digest).toBe(await digestOfFile(given.file));

  const { references, document, files } = await openArchive(given.file, scratch());
  expect(references).toEqual(['registry.offerfit.local/tiny:abc']);
  expect(document.config).toEqual({
    Env: ['PATH=/bin', 'NODE_ENV=production'],
    WorkingDir: '/app',
    User: '1000',
    Cmd: ['node', '/app'],
    Labels: {
      'org.opencontainers.image.title': 'tiny',
      'org.opencontainers.image.version': '1.0.0',
      'org.opencontainers.image.revision': 'abcdef',
      'org.opencontainers.image.source': 'http://git.offerfit.local/offerfit/platform.git',
    },
  });
  expect(files).toHaveLength(2);
  expect(list(files[1]!)).toEqual(
    expect.arrayContaining([
      '-rw-r--r-- 0/0 app/package.json',
      '-rw-r--r-- 0/0 app/build/tiny/src/main.js',
      '-rw-r--r-- 0/0 app/build/shared/text.js',
    ]),
  );
  expect(member(files[1]!, 'app/build/tiny/src/main.js.map')).toContain('"../../../src/main.ts"');
}, 60_000);

test('the same sources in another folder give the same digest, other sources another one', async () => {
  const first = await buildServiceImage(await options(project()));
  expect((await buildServiceImage(await options(project()))).digest).toBe(first.digest);
  const changed = write(project(), { 'apps/shared/text.ts': "export const shared = 'changed';\n" });
  expect((await buildServiceImage(await options(changed))).digest).not.toBe(first.digest);
}, 60_000);

test('a fault in the code is told as the compiler tells it, and no archive appears', async () => {
  const broken = write(project(), { 'apps/tiny/src/main.ts': 'export const said: string = 1;\n' });
  const given = await options(broken);
  await expect(buildServiceImage(given)).rejects.toMatchObject({
    details: expect.arrayContaining([expect.stringContaining("Type 'number' is not assignable to type 'string'")]),
  });
  await expect(digestOfFile(given.file)).rejects.toThrow('ENOENT');
}, 60_000);

test('what the Dockerfile copies and compiling does not make is refused', async () => {
  const root = write(project(), {
    'apps/tiny/Dockerfile': `${DOCKERFILE}COPY --from=build /apps/tiny/assets ./assets\n`,
  });
  await expect(buildServiceImage(await options(root))).rejects.toThrow('the Dockerfile copies /apps/tiny/assets');
}, 60_000);

test('a service without a Dockerfile, and a machine without engine and base, are refused', async () => {
  const given = await options(project());
  await expect(buildServiceImage({ ...given, service: 'other' })).rejects.toThrow(
    'service other cannot be built: there is no apps/other/Dockerfile',
  );
  const neither = Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'base'));
  await expect(buildServiceImage(neither as unknown as ServiceImageOptions)).rejects.toThrow(
    'there is neither a container engine nor a base image',
  );
});

describe('a service in a repository of its own', () => {
  const own = (files: Readonly<Record<string, string>> = {}): string =>
    write(scratch(), {
      Dockerfile: DOCKERFILE.replaceAll('/apps/tiny', '/app').replace('/build ./build', '/src ./src'),
      'package.json': '{"name":"tiny","main":"src/main.js"}',
      'src/main.js': 'console.log("here");\n',
      'test/main.test.js': 'not for the image\n',
      ...files,
    });

  /** What the image holds above its base. */
  async function contents(sources: string): Promise<readonly string[]> {
    const { archive } = await buildServiceImage({ ...(await options(scratch())), own: sources });
    return list((await openArchive(archive, scratch())).files[1]!);
  }

  test('is laid out where its Dockerfile works, and copied from there', async () => {
    const files = await contents(own());
    expect(files).toEqual(
      expect.arrayContaining(['-rw-r--r-- 0/0 app/package.json', '-rw-r--r-- 0/0 app/src/main.js']),
    );
    expect(files.join()).not.toContain('test');
  });

  test('builds itself by its own script', async () => {
    const manifest = { name: 'tiny', scripts: { build: 'echo built > src/made.js' } };
    expect(await contents(own({ 'package.json': JSON.stringify(manifest) }))).toContain(
      '-rw-r--r-- 0/0 app/src/made.js',
    );
  });

  test('without a Dockerfile is refused by its name', async () => {
    const given = { ...(await options(scratch())), own: write(scratch(), { 'package.json': '{}' }) };
    await expect(buildServiceImage(given)).rejects.toThrow('service tiny cannot be built: there is no Dockerfile');
  });
});
