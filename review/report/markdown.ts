import { severities, type Finding, type ObjectChange, type Review } from '../model';
import { fit, type Section } from './markdown/budget';
import { foldedChange } from './markdown/changes';
import { code, htmlText } from './markdown/escape';
import { foldedFinding, listedFinding, MARKS, type FileUrl } from './markdown/findings';
import { changeWords, dangerWords, environmentsOf, findingsOf, plural, sideWords, worstOf } from './summary';
import { clip } from './plain-text';

/** Stands first in every comment, unseen, so that the next review finds it again. */
export const commentMarker = '<!-- slipway-review -->';

/** Characters that GitHub takes in one comment. Gitea has no limit of its own, and no reader more patience. */
export const commentLimit = 65_536;

export interface MarkdownOptions {
  /** Characters. @default commentLimit */
  readonly limit?: number;
  /** Where the whole report can be seen. @default only the command that makes it is named */
  readonly reportUrl?: string;
  /** Makes files and lines links. @default they are named only */
  readonly fileUrl?: FileUrl;
}

function headline(review: Review): string {
  const counted = (['error', 'warning'] as const)
    .map((severity) => [severity, findingsOf(review, severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${MARKS[severity]} ${plural(count, severity)}`);
  return counted.length === 0 ? `✅ ${dangerWords(review)}` : counted.join(' · ');
}

function head(review: Review, options: MarkdownOptions): string {
  const environments = environmentsOf(review.changes.flatMap(({ places }) => places));
  const named = environments.slice(0, 6).map((name) => code(clip(name, 80)));
  if (environments.length > 6) named.push(`${environments.length - 6} more`);
  const side = (one: Review['base']): string => {
    const { name, commit } = sideWords(one);
    return `${code(name)}${commit === undefined ? '' : ` (${code(commit)})`}`;
  };
  const parts = [
    `${changeWords(review.counts)}${named.length === 0 ? '' : ` in ${named.join(', ')}`}`,
    `${side(review.base)} → ${side(review.head)}`,
    ...(options.reportUrl === undefined ? [] : [`[whole report](<${encodeURI(options.reportUrl)}>)`]),
  ];
  return `${commentMarker}\n### Review: ${headline(review)}\n\n${parts.join(' · ')}\n\n`;
}

function findingSections(review: Review, fileUrl: FileUrl | undefined): readonly Section[] {
  const [errors, warnings, infos] = severities.map((severity) => findingsOf(review, severity)) as [
    readonly Finding[],
    readonly Finding[],
    readonly Finding[],
  ];
  const folded = (noun: string, findings: readonly Finding[]): Section => ({
    head: '',
    entries: findings.map((finding) => foldedFinding(finding, fileUrl)),
    tail: '\n',
    noun,
  });
  return [
    folded('errors', errors),
    folded('warnings', warnings),
    {
      head: `<details><summary>${MARKS.info} ${plural(infos.length, 'more finding')}</summary>\n\n`,
      entries: infos.map(listedFinding),
      tail: '\n</details>\n\n',
      noun: 'findings of no danger',
    },
  ];
}

/** Changes of the same environments together, within them those first that something grave was found about. */
function changeSections(review: Review, fileUrl: FileUrl | undefined): readonly Section[] {
  const about = new Map<string, Finding[]>();
  for (const finding of review.findings) {
    for (const { file } of finding.places) about.set(file, [...(about.get(file) ?? []), finding]);
  }
  const danger = ({ places }: ObjectChange): number => {
    const worst = worstOf(places.flatMap(({ file }) => about.get(file) ?? []));
    return worst === undefined ? severities.length : severities.indexOf(worst);
  };
  const groups = new Map<string, ObjectChange[]>();
  for (const change of review.changes) {
    const environments = environmentsOf(change.places).join(', ');
    const group = groups.get(environments);
    if (group === undefined) groups.set(environments, [change]);
    else group.push(change);
  }
  return [...groups].map(([environments, changes]) => {
    const count = (type: ObjectChange['type']): number => changes.filter((change) => change.type === type).length;
    const words = changeWords({
      added: count('added'),
      removed: count('removed'),
      changed: count('changed'),
      renamed: count('renamed'),
    });
    return {
      head: `<details><summary><b>${htmlText(clip(environments, 120))}</b>: ${words}</summary>\n\n`,
      entries: changes
        .toSorted((one, other) => danger(one) - danger(other))
        .map((change) => foldedChange(change, fileUrl)),
      tail: '\n</details>\n\n',
      noun: 'changes',
    };
  });
}

function policySection({ policies }: Review): readonly Section[] {
  if (policies.length === 0) return [];
  const objects = Math.max(...policies.map((policy) => policy.objects));
  return [
    {
      head: `<details><summary>${plural(policies.length, 'policy', 'policies')} evaluated on up to ${plural(objects, 'object')}</summary>\n\n`,
      entries: policies.map(
        (policy) =>
          `- ${code(clip(policy.name, 120))}: ${plural(policy.objects, 'object')}, ${plural(policy.findings, 'finding')}\n`,
      ),
      tail: '\n</details>\n\n',
      noun: 'policies',
    },
  ];
}

/** What was removed can no longer be read at the commit that is reviewed. */
function withoutRemoved({ changes }: Review, fileUrl: FileUrl | undefined): FileUrl | undefined {
  if (fileUrl === undefined) return undefined;
  const removed = new Set(
    changes.filter(({ type }) => type === 'removed').flatMap(({ places }) => places.map(({ file }) => file)),
  );
  return (file, line) => (removed.has(file) ? undefined : fileUrl(file, line));
}

/** As a shell takes it for one word. */
function quote(name: string): string {
  return /^[\w./@+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function foot(review: Review, left: ReadonlyMap<string, number>, options: MarkdownOptions): string {
  if (left.size === 0) return '';
  const what = [...left].map(([noun, count]) => `${count} ${noun}`).join(', ');
  const at =
    options.reportUrl === undefined ? '' : `the [whole report](<${encodeURI(options.reportUrl)}>) has them, and `;
  const side = (flag: string, name: string): string => (name === 'working tree' ? '' : ` --${flag} ${quote(name)}`);
  const command = `npx slipway review${side('base', review.base.name)}${side('head', review.head.name)} --format html`;
  return `**Left out for length:** ${what}; ${at}${code(command)} shows everything.\n`;
}

/**
 * A review as the comment of a pull request: the most dangerous first, all else folded away. What does not fit is
 * counted, with the place where it can be seen. Nothing in it mentions anybody, and text from files stays text.
 */
export function renderMarkdown(review: Review, options: MarkdownOptions = {}): string {
  const fileUrl = withoutRemoved(review, options.fileUrl);
  const sections = [...findingSections(review, fileUrl), ...changeSections(review, fileUrl), ...policySection(review)];
  const start = head(review, options);
  const everything = fit(sections, 0).left;
  const room = (options.limit ?? commentLimit) - start.length - foot(review, everything, options).length;
  const { text, left } = fit(sections, room);
  return `${start}${text}${foot(review, left, options)}`;
}
