import path from 'node:path';
import Ajv from 'ajv';
import type { Log } from 'sarif';
import { createGenerator } from 'ts-json-schema-generator';
import { projectRoot } from '../../../core/paths';
import { renderSarif } from '../../../review/report/sarif';
import { findingOf, hostileReview, largeReview, placeOf, reviewOf } from './fixtures';

// the compiler reads the types of the standard
jest.setTimeout(60_000);

let violations: (log: Log) => unknown;

beforeAll(() => {
  // the types of the standard, kept by the community, are made from its schema; this makes a schema of them again
  const schema = createGenerator({
    path: path.join(projectRoot, 'node_modules/@types/sarif/index.d.ts'),
    tsconfig: path.join(projectRoot, 'tsconfig.json'),
    type: 'Log',
    skipTypeCheck: true,
  }).createSchema('Log');
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema as object);
  violations = (log) => {
    validate(JSON.parse(JSON.stringify(log)));
    return validate.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`) ?? [];
  };
});

const source = {
  catalog: 'apps/service-a/service.ts:7',
  construct: 'manifests/constructs/web-service.ts:41 WebService.deployment',
};

test.each([
  ['nothing', reviewOf()],
  ['many findings', largeReview(500)],
  ['hostile text', hostileReview()],
  [
    'a source and an exception',
    reviewOf({
      findings: [findingOf({ source, repair: 'look', exception: { reason: 'r', by: 'ada', until: '2027-01-31' } })],
    }),
  ],
])('%s is a log of SARIF 2.1.0', (_what, review) => {
  expect(violations(renderSarif(review))).toEqual([]);
});

test('the check of the format refuses what is not of it', () => {
  const log = renderSarif(reviewOf({ findings: [findingOf()] }));
  const [run] = log.runs;
  expect(
    violations({ ...log, runs: [{ ...run!, results: [{ message: { text: 'x' }, level: 'fatal' as 'error' }] }] }),
  ).not.toEqual([]);
});

test('a finding has its rule, level, text, place in dist, object and fingerprint', () => {
  const finding = findingOf({
    severity: 'error',
    rule: 'immutable-field',
    message: 'the apply is refused',
    reason: 'spec.selector changes',
    repair: 'remove it first',
  });
  const [run] = renderSarif(reviewOf({ findings: [findingOf(), finding] })).runs;
  expect(
    run!.tool.driver.rules!.map(({ id, shortDescription, defaultConfiguration }) => [
      id,
      shortDescription!.text,
      defaultConfiguration!.level,
    ]),
  ).toEqual([
    ['pods-restart', 'Pods restart', 'note'],
    ['immutable-field', 'Immutable field', 'error'],
  ]);
  expect(run!.results![1]).toMatchObject({
    ruleId: 'immutable-field',
    ruleIndex: 1,
    level: 'error',
    message: { text: 'Deployment service-a: the apply is refused. spec.selector changes. Repair: remove it first.' },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'dist/production/service-a/Deployment.service-a.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 7 },
        },
        logicalLocations: [{ fullyQualifiedName: 'apps/v1/Deployment/production/service-a' }],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: finding.fingerprint, 'slipway/v1': finding.fingerprint },
  });
});

test('the lines of TypeScript and the other environments are related locations', () => {
  const places = ['developer', 'production'].map((environment) => placeOf(environment, 'service-a', 'Service.a.yaml'));
  const [result] = renderSarif(reviewOf({ findings: [findingOf({ places, source })] })).runs[0]!.results!;
  expect(
    result!.relatedLocations!.map(({ message, physicalLocation }) => [
      message!.text,
      physicalLocation!.artifactLocation!.uri,
      physicalLocation!.region!.startLine,
    ]),
  ).toEqual([
    ['declared here', 'apps/service-a/service.ts', 7],
    ['made by WebService.deployment', 'manifests/constructs/web-service.ts', 41],
    ['also in production', 'dist/production/service-a/Service.a.yaml', 1],
  ]);
});

test('a finding with an exception is a note that is suppressed, with who excepted it until when', () => {
  const finding = findingOf({ severity: 'error', exception: { reason: 'old volume', by: 'ada', until: '2027-01-31' } });
  const [result] = renderSarif(reviewOf({ findings: [finding] })).runs[0]!.results!;
  expect(result).toMatchObject({
    level: 'note',
    suppressions: [{ kind: 'inSource', justification: 'until 2027-01-31, by ada: old volume' }],
  });
});

test('a finding about no file lies in dist, and a name that is no address is encoded', () => {
  const odd = [{ file: 'dist/a b/c#d?.yaml', environment: 'a b' }];
  const results = renderSarif(reviewOf({ findings: [findingOf({ places: [] }), findingOf({ places: odd })] })).runs[0]!
    .results!;
  expect(results.map(({ locations }) => locations![0]!.physicalLocation!.artifactLocation!.uri)).toEqual([
    'dist',
    'dist/a%20b/c%23d%3F.yaml',
  ]);
});

test('more findings than code scanning shows are cut, the least dangerous first, and counted', () => {
  const findings = [
    findingOf({ severity: 'error' }),
    ...Array.from({ length: 5_002 }, (_, index) => findingOf({ fingerprint: String(index) })),
  ];
  const [run] = renderSarif(reviewOf({ findings })).runs;
  expect(run!.results).toHaveLength(5_000);
  expect(run!.results![0]!.level).toBe('error');
  expect(run!.invocations![0]!.toolExecutionNotifications![0]!.message.text).toContain('3 more findings are left out');
});
