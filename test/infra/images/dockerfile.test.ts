import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../core/paths';
import { parseDockerfile, readLastStage } from '../../../infra/supply/images/dockerfile';
import { images } from '../../../infra/versions';

const base = { Env: ['PATH=/bin', 'NODE_VERSION=24'], Cmd: ['node'], Labels: { below: 'kept' } };

test.each(['service-a', 'service-b'])('the Dockerfile of %s can be followed without an engine', (service) => {
  const text = readFileSync(path.join(projectRoot, 'apps', service, 'Dockerfile'), 'utf8');
  const stages = parseDockerfile(text);
  expect(stages.map((stage) => `docker.io/library/${stage.base}`)).toEqual(
    stages.map(() => images['service-base'].reference),
  );
  const { config, copies } = readLastStage(text, base, { VERSION: '1.2.3', SOURCE_COMMIT: 'abc' });
  expect(config).toMatchObject({
    User: '1000',
    WorkingDir: '/app',
    Env: ['PATH=/bin', 'NODE_VERSION=24', 'NODE_ENV=production'],
    ExposedPorts: { '8080/tcp': {} },
    Labels: { below: 'kept', 'org.opencontainers.image.version': '1.2.3', 'org.opencontainers.image.revision': 'abc' },
  });
  expect(copies).toEqual([
    { sources: [`/apps/${service}/package.json`], target: '/app/' },
    { sources: [`/apps/${service}/build`], target: '/app/build' },
  ]);
});

test('arguments have defaults, lines go on, comments and other stages are left out', () => {
  const text = [
    'ARG BASE=node:24 # not a comment in a Dockerfile, but no part of the first word',
    'FROM ${BASE} AS build',
    'RUN anything --at-all',
    '# FROM nothing',
    'FROM node:24',
    'ARG A=one',
    'ENV FIRST=$A \\',
    '    PATH="/opt:$A"',
    'WORKDIR /srv',
    'WORKDIR app',
    'ENTRYPOINT ["run", "$A"]',
    'EXPOSE 53/udp 80',
    'COPY --from=build /a /b ./in/',
  ].join('\n');
  expect(parseDockerfile(text).map(({ base: name }) => name)).toEqual(['node:24', 'node:24']);
  const { config, copies } = readLastStage(text, base, {});
  expect(config).toMatchObject({
    Env: ['PATH=/opt:one', 'NODE_VERSION=24', 'FIRST=one'],
    WorkingDir: '/srv/app',
    Entrypoint: ['run', '$A'],
    ExposedPorts: { '53/udp': {}, '80/tcp': {} },
  });
  expect(copies).toEqual([{ sources: ['/a', '/b'], target: '/srv/app/in/' }]);
});

test.each([
  ['RUN npm ci', '"RUN npm ci" in the last stage takes a container engine'],
  ['COPY src ./src', '"COPY src ./src" in the last stage takes a container engine'],
  ['ADD a b', 'takes a container engine'],
  ['CMD node /app', 'CMD node /app is not a list of words'],
])('%s in the last stage is refused', (line, message) => {
  expect(() => readLastStage(`FROM node:24\n${line}`, base, {})).toThrow(message);
});

test('a Dockerfile without FROM is refused', () => {
  expect(() => readLastStage('ARG A\n', base, {})).toThrow('the Dockerfile has no FROM');
});
