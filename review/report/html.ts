import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { effectiveSeverity } from '../finding';
import type { Review } from '../model';
import { pageData } from './page-data';
import { visible } from './plain-text';
import { changeWords, dangerWords, environmentsOf, shortNameOf } from './summary';

const SOURCES = path.join(__dirname, 'html');

/** In the order in which one uses the other; together they are one script. */
const SCRIPTS = [
  'dom',
  'diff',
  'object-view',
  'items',
  'overview',
  'filters',
  'controls',
  'keys',
  'lists',
  'theme',
  'page',
] as const;
const STYLES = ['page', 'items', 'object-view', 'print'] as const;

/** Findings that the page shows where scripts do not run. */
const FALLBACK = 200;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escapeHtml = (text: string): string => visible(text).replace(/[&<>"]/g, (character) => ENTITIES[character]!);

/**
 * JSON that no reader of HTML takes for the end of its element. What would be invisible is written out, as `visible`
 * does it, but over the whole text at once: a large review has tens of thousands of strings.
 */
function embed(value: unknown): string {
  return JSON.stringify(value).replace(
    /\\(?:u[\da-f]{4}|.)|[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|</g,
    (found) => {
      if (found === '<') return '\\u003c';
      if (found === '\\r' || found.startsWith('\\u')) return `\\${found}`;
      return found.startsWith('\\') ? found : `\\\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
    },
  );
}

const source = (file: string): string => readFileSync(path.join(SOURCES, file), 'utf8');

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Only this very style and this very script; nothing from anywhere, and nothing that makes HTML of text. */
function policyFor(style: string, script: string): string {
  return [
    "default-src 'none'",
    `style-src ${sha256(style)}`,
    `script-src ${sha256(script)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function fallbackList({ findings }: Review): string {
  const items = findings.slice(0, FALLBACK).map((finding) => {
    const about = finding.object === undefined ? '' : ` (${shortNameOf(finding.object)})`;
    const where = environmentsOf(finding.places).join(', ');
    return `<li>${effectiveSeverity(finding)}: ${escapeHtml(`${finding.message}${about} ${where}. ${finding.reason}`)}</li>`;
  });
  const more = findings.length > FALLBACK ? `<li>and ${findings.length - FALLBACK} more</li>` : '';
  return `<ul>${items.join('')}${more}</ul>`;
}

function lead({ counts, changes }: Review): string {
  const environments = environmentsOf(changes.flatMap(({ places }) => places));
  const where =
    environments.length === 0
      ? ''
      : environments.length > 4
        ? ` in ${environments.length} environments`
        : ` in ${environments.join(', ')}`;
  return `${changeWords(counts)}${where}`;
}

/**
 * A review as one page that needs nothing else: no network, no other file. It may be opened from disk, sent by mail or
 * kept as the artifact of a pipeline.
 */
export function renderHtml(review: Review): string {
  const style = STYLES.map((name) => source(`${name}.css`)).join('\n');
  const script = `(() => {\n'use strict';\n${SCRIPTS.map((name) => source(`${name}.js`)).join('\n')}\n})();`;
  const verdict = dangerWords(review);
  const parts: Readonly<Record<string, string>> = {
    policy: escapeHtml(policyFor(style, script)),
    title: escapeHtml(`Review of ${review.head.name}: ${verdict}`),
    verdict: escapeHtml(verdict.charAt(0).toUpperCase() + verdict.slice(1)),
    lead: escapeHtml(lead(review)),
    fallback: fallbackList(review),
    style,
    script,
    data: embed(pageData(review)),
  };
  // the policy names what stands between the tags, so no white space of the template may join it
  return source('template.html').replace(
    /(>\s*)?\{\{(\w+)\}\}(\s*(?=<))?/g,
    (_match, before: string, name: string) => `${before === undefined ? '' : '>'}${parts[name]!}`,
  );
}
