import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { effectiveSeverity } from '../finding';
import type { Category, Finding, ObjectIdentity, Place, Review, Severity } from '../model';
import { shortNameOf, worstOf } from './summary';
import { clip, parseReference, visible } from './plain-text';

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>;

/** GitHub's own scale, by which it sorts what it shows. */
const PROBLEMS = { error: 'error', warning: 'warning', info: 'recommendation' } as const;

/** What GitHub shows of one run; it takes more and leaves them out by its own choice. */
const RESULTS = 5_000;
/** What it takes of related locations is far more than what anybody reads. */
const PLACES = 50;
const TEXT_LENGTH = 1_000;

const MEANINGS = {
  effect: 'What the change does in the cluster.',
  policy: 'A rule that the API server enforces as well.',
  input: 'A file of dist that could not be read.',
  rendering: 'dist is not what the catalog renders.',
} as const satisfies Record<Category, string>;

const sentence = (text: string): string => clip(visible(text), TEXT_LENGTH);

/** `pods-restart` as `Pods restart`. */
function title(rule: string): string {
  const words = rule.replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function ruleOf(id: string, findings: readonly Finding[]): ReportingDescriptor {
  const { category } = findings[0]!;
  const worst = worstOf(findings) ?? 'info';
  return {
    id,
    shortDescription: { text: title(id) },
    fullDescription: { text: MEANINGS[category] },
    help: { text: `${MEANINGS[category]} What each rule means is written in docs/review.md of the project.` },
    defaultConfiguration: { level: LEVELS[worst] },
    properties: { tags: ['kubernetes', category], 'problem.severity': PROBLEMS[worst] },
  };
}

function locationOf(file: string, line: number | undefined, object?: ObjectIdentity, message?: string): Location {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(file).replace(/[?#]/g, encodeURIComponent), uriBaseId: '%SRCROOT%' },
      // without a region GitHub shows nothing
      region: { startLine: line ?? 1 },
    },
    ...(object && {
      logicalLocations: [
        {
          name: object.name,
          fullyQualifiedName: [object.apiVersion, object.kind, object.namespace, object.name].filter(Boolean).join('/'),
          kind: 'object',
        },
      ],
    }),
    ...(message !== undefined && { message: { text: message } }),
  };
}

/** The same finding elsewhere, and the TypeScript that it comes from. */
function relatedOf({ places, source }: Finding): readonly Location[] {
  const elsewhere = places
    .slice(1, PLACES)
    .map(({ file, line, environment }: Place) => locationOf(file, line, undefined, `also in ${environment}`));
  // files of the base may not be there any more
  if (source === undefined || source.side === 'base') return elsewhere;
  const catalog = parseReference(source.catalog);
  const construct = parseReference(source.construct);
  return [
    locationOf(catalog.file, catalog.line, undefined, 'declared here'),
    locationOf(construct.file, construct.line, undefined, `made by ${construct.symbol ?? 'this construct'}`),
    ...elsewhere,
  ];
}

function resultOf(finding: Finding, ruleIndex: number): Result {
  const { rule, object, places, message, reason, repair, fingerprint, exception } = finding;
  const [first] = places;
  const related = relatedOf(finding).map((location, id) => ({ id, ...location }));
  const about = object === undefined ? '' : `${shortNameOf(object)}: `;
  const parts = [`${about}${message}.`, `${reason}.`, ...(repair === undefined ? [] : [`Repair: ${repair}.`])];
  return {
    ruleId: rule,
    ruleIndex,
    level: LEVELS[effectiveSeverity(finding)],
    message: { text: parts.map(sentence).join(' ') },
    locations: [locationOf(first?.file ?? 'dist', first?.line, object)],
    ...(related.length > 0 && { relatedLocations: related }),
    // stays when lines move; under the name that GitHub compares, and under one of our own
    partialFingerprints: { primaryLocationLineHash: fingerprint, 'slipway/v1': fingerprint },
    ...(exception && {
      suppressions: [
        {
          kind: 'inSource',
          status: 'accepted',
          justification: sentence(`until ${exception.until}, by ${exception.by}: ${exception.reason}`),
        },
      ],
    }),
    properties: { environments: [...new Set(places.map(({ environment }) => environment))] },
  };
}

/** The findings of a review for code scanning. Changes without a finding are not part of it. */
export function renderSarif(review: Review): Log {
  const shown = review.findings.slice(0, RESULTS);
  const left = review.findings.length - shown.length;
  const rules = [...new Set(shown.map(({ rule }) => rule))];
  const index = new Map(rules.map((rule, position) => [rule, position]));
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'slipway review',
            rules: rules.map((id) =>
              ruleOf(
                id,
                shown.filter(({ rule }) => rule === id),
              ),
            ),
          },
        },
        // what follows the last slash would tell runs apart; one category replaces the last run of its kind
        automationDetails: { id: 'slipway-review/' },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            ...(left > 0 && {
              toolExecutionNotifications: [
                {
                  level: 'warning',
                  message: { text: `${left} more findings are left out; slipway review --format json has all` },
                },
              ],
            }),
          },
        ],
        results: shown.map((finding) => resultOf(finding, index.get(finding.rule)!)),
      },
    ],
  };
}
