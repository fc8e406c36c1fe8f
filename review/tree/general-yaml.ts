import type { Document, LineCounter, Tags } from 'yaml';
import type { Yaml } from '../../manifests/yaml';

/** One document of a file. */
export interface ReadDocument {
  /** Where it starts, from 1. */
  readonly line: number;
  readonly value: Yaml;
}

export class YamlProblem extends Error {
  constructor(
    message: string,
    /** From 1. */
    readonly line: number,
  ) {
    super(message);
    this.name = 'YamlProblem';
  }
}

/** What Kubernetes' own reader takes for text, so that this one must too. */
const foreignTags = new Set(['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary']);

/**
 * Every document of a YAML or JSON text that is not empty, read by the rules of YAML 1.1 as the API server's clients do.
 *
 * @throws YamlProblem where it cannot be read
 */
export function readDocuments(text: string): ReadDocument[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- most reviews meet nothing but our own emitter's text
  const { LineCounter, parseAllDocuments } = require('yaml') as typeof import('yaml');
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.1',
    lineCounter: lines,
    customTags: (tags: Tags) => tags.filter((tag) => typeof tag === 'string' || !foreignTags.has(tag.tag)),
    logLevel: 'error',
  });
  return (Array.isArray(documents) ? documents : []).flatMap((document) => readDocument(document, lines));
}

function readDocument(document: Document.Parsed, lines: LineCounter): ReadDocument[] {
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new YamlProblem(withoutContent(problem.message), lineOf(problem.pos[0]));
  }
  const start = document.contents?.range[0] ?? 0;
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    // maps, sets and dates of YAML become what JSON makes of them, which is what the API server is sent
    return value === null || value === undefined
      ? []
      : [{ line: lineOf(start), value: JSON.parse(JSON.stringify(value)) as Yaml }];
  } catch (error) {
    throw new YamlProblem(withoutContent((error as Error).message), lineOf(start));
  }

  function lineOf(position: number): number {
    return lines.linePos(position).line;
  }
}

/** A problem without the words of the file that it quotes, which may be those of a Secret. */
function withoutContent(message: string): string {
  return message.split('\n', 1)[0]!.replace(/(?: at line \d|:? "|: ).*$/, '');
}
