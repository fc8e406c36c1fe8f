import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { jobOf, jobs, root, textOf, workflows } from './workflows';

const each = jobs.map(({ name, job, workflow }) => [name, job, workflow] as const);
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const expressions = (text: string): readonly string[] => text.match(/\$\{\{[^}]*\}\}/g) ?? [];

/** Versions of actions by commit, each seen in the workflows of a well-kept project. */
const pins: Readonly<Record<string, readonly [version: string, commit: string]>> = {
  'actions/checkout': ['v7.0.1', '3d3c42e5aac5ba805825da76410c181273ba90b1'],
  'actions/setup-node': ['v7.0.0', '820762786026740c76f36085b0efc47a31fe5020'],
  'actions/create-github-app-token': ['v3.2.0', 'bcd2ba49218906704ab6c1aa796996da409d3eb1'],
  'actions/dependency-review-action': ['v4.9.0', '2031cfc080254a8a887f58cffee85186f0e49e48'],
  'actions/attest-build-provenance': ['v4.1.0', '977bb373ede98d70efbf0b7b13af9c3d6651dc60'],
  'anchore/sbom-action': ['v0.23.0', '17ae1740179002c89186b61233e0f892c3118b11'],
  'github/codeql-action/init': ['v4.37.7', 'ff2f1c621b7f889edc0d3c761ac2e6a3f8cdb0dd'],
  'github/codeql-action/analyze': ['v4.37.7', 'ff2f1c621b7f889edc0d3c761ac2e6a3f8cdb0dd'],
  'github/codeql-action/upload-sarif': ['v4.37.7', 'ff2f1c621b7f889edc0d3c761ac2e6a3f8cdb0dd'],
  'ossf/scorecard-action': ['v2.4.4', '2d1146689b8cda280b9bc96326124645441f03bc'],
  'sigstore/cosign-installer': ['v4.1.2', '6f9f17788090df1f26f669e9d70d6ae9567deba6'],
};

describe('W1: every action is pinned by a commit that was seen', () => {
  test.each(workflows.map(({ file, text }) => [file, text]))('%s', (_file, text) => {
    const lines = text.match(/^ +(?:- )?uses: .*/gm) ?? [];
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [, action = '', commit, version] = /^ +(?:- )?uses: ([^@\s]+)@([0-9a-f]{40}) # (v[\d.]+)$/.exec(line) ?? [];
      expect([action, version, commit]).toEqual([action, ...(pins[action] ?? ['unknown', 'unknown'])]);
    }
  });
});

describe('W2: nothing is allowed but what a job asks for', () => {
  test.each(workflows.map(({ file, permissions }) => [file, permissions]))('%s', (_file, permissions) => {
    expect(permissions).toEqual({});
  });

  test.each(each)('%s says its permissions and how long it may take', (_name, job) => {
    expect(Object.keys(job.permissions ?? {})).not.toEqual([]);
    expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
  });

  test('only jobs that write to the repository may', () => {
    const writers = jobs.filter(({ job }) => job.permissions?.['contents'] === 'write').map(({ name }) => name);
    expect(writers).toEqual(['image-published.yml bump', 'main.yml bump', 'main.yml release', 'release.yml promote']);
  });
});

test('W3: no workflow runs the code of a stranger with rights', () => {
  for (const { on, text } of workflows) {
    expect(Object.keys(on)).not.toEqual(expect.arrayContaining(['pull_request_target']));
    expect(Object.keys(on)).not.toEqual(expect.arrayContaining(['workflow_run']));
    expect(text).not.toContain('allow-unsafe-pr-checkout');
  }
  const jobsOfPulls = jobs.filter(({ workflow }) => 'pull_request' in workflow.on);
  expect(jobsOfPulls.length).toBeGreaterThan(1);
  for (const { job } of jobsOfPulls) {
    const writes = Object.entries(job.permissions ?? {}).filter(([, right]) => right === 'write');
    // a fork's token may write nothing at all, whatever is said here
    expect(['pull-requests', 'statuses']).toEqual(expect.arrayContaining(writes.map(([name]) => name)));
    expect(textOf(job)).not.toContain('secrets.');
  }
});

test.each(each)('W4: %s puts no expression into a script', (_name, job) => {
  for (const { run = '' } of job.steps) expect(expressions(run)).toEqual([]);
});

test.each(each)('W5: %s keeps no credentials and has no secrets but of an environment', (_name, job) => {
  for (const { uses = '', with: inputs } of job.steps) {
    if (uses.startsWith('actions/checkout@')) expect(inputs?.['persist-credentials']).toBe(false);
  }
  expect(textOf(job)).not.toContain('inherit');
  if (/secrets\./.test(textOf(job))) expect(job.environment).toBeDefined();
});

test('W6: what pushes to the repository is never cancelled and never runs twice at a time', () => {
  const pushing = jobs.filter(({ job }) => job.permissions?.['contents'] === 'write');
  for (const { workflow, job } of pushing) {
    const concurrency = job.concurrency ?? workflow.concurrency;
    expect(concurrency?.['cancel-in-progress']).toBe(false);
    expect(concurrency?.group).toBeDefined();
  }
  const groups = ['main.yml bump', 'image-published.yml bump'].map(
    (name) => jobOf(name).concurrency?.group ?? workflows.find(({ file }) => name.startsWith(file))!.concurrency!.group,
  );
  expect(groups).toEqual(['bump-developer', 'bump-developer']);
});

test('W7: an identity is asked for only where images are pushed or attested', () => {
  const identified = jobs.filter(({ job }) => job.permissions?.['id-token'] === 'write');
  expect(identified.map(({ name }) => name)).toEqual(
    ['main.yml attest', 'main.yml images', 'release.yml promote', 'service.yml publish'].sort(
      (left, right) => jobs.findIndex(({ name }) => name === left) - jobs.findIndex(({ name }) => name === right),
    ),
  );
  // the subject of the identity names repository and environment, which is what a role trusts
  for (const { job } of identified) expect(job.environment).toBeDefined();
});

describe('W8: images are attested by digest, and verified before they are bumped', () => {
  test.each(['main.yml attest', 'service.yml publish'])('%s', (name) => {
    const { permissions, steps } = jobOf(name);
    expect(permissions).toMatchObject({ 'id-token': 'write', attestations: 'write', packages: 'write' });
    const bill = steps.find(({ uses }) => uses?.startsWith('anchore/sbom-action@'));
    const provenance = steps.find(({ uses }) => uses?.startsWith('actions/attest-build-provenance@'));
    expect(String(bill?.with?.['image'])).toMatch(/@\$\{\{.*digest }}$/);
    expect(String(provenance?.with?.['subject-digest'])).toMatch(/^\$\{\{.*digest }}$/);
    expect(steps.some(({ run = '' }) => /cosign attest .*@\$DIGEST/.test(run))).toBe(true);
  });

  test.each(['main.yml bump', 'image-published.yml bump'])('%s', (name) => {
    const runs = jobOf(name).steps.map(({ run = '' }) => run);
    const verify = runs.findIndex((run) => run.includes('gh attestation verify "oci://'));
    const bump = runs.findIndex((run) => run.includes('slipway bump'));
    expect(verify).toBeGreaterThan(-1);
    expect(bump).toBeGreaterThan(verify);
  });

  test('a bump comes after all images, and needs their attestations', () => {
    expect(jobOf('main.yml bump').needs).toEqual(['images', 'attest']);
    expect(jobOf('main.yml attest').needs).toBe('images');
    expect(jobOf('main.yml images').needs).toBe('check');
  });
});

test('W9: what a bump pushes can start workflows, by the token of an App', () => {
  for (const name of ['main.yml bump', 'main.yml release', 'image-published.yml bump', 'release.yml promote']) {
    const { steps } = jobOf(name);
    expect(steps.find(({ id }) => id === 'token')?.uses).toMatch(/^actions\/create-github-app-token@/);
    const tokens = steps.map(({ env }) => env?.['SLIPWAY_FORGE_TOKEN']).filter(Boolean);
    expect(tokens).toEqual(['${{ steps.token.outputs.token || github.token }}']);
  }
});

test('W10: owners, updates with a cooldown, a policy for faults', () => {
  const owners = read('.github/CODEOWNERS');
  expect(owners).toMatch(/^\/dist\/production\/ +@/m);
  expect(owners).toMatch(/^\/\.github\/ +@/m);
  const { updates } = parse(read('.github/dependabot.yml')) as {
    readonly updates: readonly {
      readonly 'package-ecosystem': string;
      readonly cooldown?: { 'default-days': number };
    }[];
  };
  expect(updates.map((update) => update['package-ecosystem']).sort()).toEqual(
    expect.arrayContaining(['github-actions', 'gomod', 'npm']),
  );
  for (const { cooldown } of updates) expect(cooldown?.['default-days']).toBeGreaterThanOrEqual(7);
  expect(read('SECURITY.md')).toMatch(/report/i);
  expect(read('LICENSE')).toContain('Apache License');
  expect(jobOf('pull-request.yml check').steps.at(-1)?.run).toBe('npm run check');
});

test.each(each)('W11: %s installs packages without running their scripts', (_name, job) => {
  for (const { run = '' } of job.steps) {
    for (const line of run.split('\n').filter((one) => /npm (ci|install)/.test(one))) {
      expect(line).toContain('--ignore-scripts');
    }
  }
});
