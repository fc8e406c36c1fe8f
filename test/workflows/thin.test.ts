import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { actionParts, CHECKOUT, standIns, standInsFolder } from '../../ci/stand-ins';
import { jobs, workflows } from './workflows';

describe('the logic of workflows is in the command line', () => {
  test('every step is a command, or an action that prepares, signs or scans', () => {
    const actions = new Set(
      jobs.flatMap(({ job }) => job.steps.flatMap(({ uses }) => (uses ? [actionParts(uses)] : []))),
    );
    const roles = [...actions].map(({ repository, path: inside }) => path.posix.join(repository, inside));
    expect([...new Set(roles)].sort()).toEqual([
      'actions/attest-build-provenance',
      'actions/checkout',
      'actions/create-github-app-token',
      'actions/dependency-review-action',
      'actions/setup-node',
      'anchore/sbom-action',
      'github/codeql-action/analyze',
      'github/codeql-action/init',
      'github/codeql-action/upload-sarif',
      'ossf/scorecard-action',
      'sigstore/cosign-installer',
    ]);
  });

  test('no script is longer than a few lines', () => {
    for (const { job } of jobs) {
      for (const { run = '' } of job.steps) expect(run.trim().split('\n').length).toBeLessThanOrEqual(6);
    }
  });
});

describe('stand-ins', () => {
  test('there is one for every action of the workflows that run beside the local forge', async () => {
    const used = workflows
      .flatMap(({ jobs: all }) => Object.values(all).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? [])))
      .map((uses) => actionParts(uses))
      .filter(({ repository }) => repository !== CHECKOUT)
      .map(({ repository, path: inside }) => path.posix.join(repository, inside));
    expect(await standIns()).toEqual([...new Set(used)].sort());
  });

  test('each says what it stands in for, and does nothing else', async () => {
    for (const name of await standIns()) {
      const action = parse(readFileSync(path.join(standInsFolder, name, 'action.yml'), 'utf8')) as {
        readonly inputs?: unknown;
        readonly outputs?: unknown;
        readonly runs: unknown;
      };
      expect([action.inputs, action.outputs]).toEqual([undefined, undefined]);
      expect(action.runs).toEqual({
        using: 'composite',
        steps: [
          { shell: 'bash', run: expect.stringMatching(new RegExp(`^echo 'stand-in for ${name}: [^']+'\n$`)) as string },
        ],
      });
    }
  });
});
