import path from 'node:path';
import { ApiObject, App } from 'cdk8s';
import { Construct, Node } from 'constructs';
import type { Catalog } from '../../apps/model';
import { catalogCharts } from '../../manifests/charts/catalog-charts';
import { objectPath, releaseFile } from '../../manifests/layout';
import { releaseParameters, sourceRepository } from '../../manifests/release-parameters';
import { toYaml, type Yaml } from '../../manifests/yaml';

/** A file as the catalog renders it, and the line that made it. */
export interface TracedFile {
  readonly text: string;
  /** `manifests/constructs/web-service.ts:41 WebService.deployment`. @default none: it holds no object */
  readonly construct?: string;
}

/** Frames between a construct and the line that made it: its own constructors, down to the node that all have. */
const frames = 16;

interface Adding {
  addChild(this: Node, child: Construct, name: string): void;
}

/**
 * Renders a catalog as `renderCatalog` does, and notes for each object where it was made.
 *
 * @param root the folder that the constructs' files are named relative to
 * @returns by path below `dist/`
 */
export function traceCatalog(catalog: Catalog, root: string): Map<string, TracedFile> {
  const made = new Map<Construct, Error>();
  const files = new Map<string, TracedFile>();
  const node = Node.prototype as unknown as Adding;
  const { addChild } = node;
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = frames;
  // of most stacks only the first lines are looked at, and naming the source of a line takes longer than making it
  if (prepareStackTrace !== undefined) Error.prepareStackTrace = (_error, sites) => sites;
  // every construct passes here on its way into the tree; nothing else tells who made it
  node.addChild = function (child, name) {
    made.set(child, new Error());
    addChild.call(this, child, name);
  };
  try {
    for (const chart of catalogCharts(new App(), catalog)) {
      for (const construct of chart.node.findAll()) {
        if (!ApiObject.isApiObject(construct)) continue;
        const origin = madeBy(construct, linesOf(made.get(construct), prepareStackTrace), root);
        files.set(objectPath(chart.folder, construct.kind, construct.name), {
          text: toYaml(construct.toJson() as Yaml),
          ...(origin !== undefined && { construct: origin }),
        });
      }
    }
  } finally {
    node.addChild = addChild;
    Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  }
  for (const deployment of catalog.deployments) {
    if (deployment.release.unreleased) continue;
    const parameters = releaseParameters(deployment, sourceRepository(catalog, deployment.name));
    files.set(`${deployment.environment}/${deployment.name}/${releaseFile}`, { text: toYaml({ ...parameters }) });
  }
  return files;
}

/** The lines of a stack, each written by `prepare` when its turn comes. */
function* linesOf(error: Error | undefined, prepare: typeof Error.prepareStackTrace): Generator<string> {
  const stack = error?.stack as string | readonly NodeJS.CallSite[] | undefined;
  if (typeof stack === 'string') yield* stack.split('\n');
  else for (const site of stack ?? []) yield* String(prepare!(error!, [site])).split('\n');
}

/** The first line of the project that is not in a constructor of the object's own class or of one that it extends. */
function madeBy(construct: Construct, stack: Iterable<string>, root: string): string | undefined {
  const own = new Set<string>();
  for (
    let type = construct.constructor;
    type !== Function.prototype;
    type = Object.getPrototypeOf(type) as typeof type
  ) {
    own.add(`new ${type.name}`);
  }
  for (const line of stack) {
    const match = /^\s+at (.*?) ?\(?([^\s()]+):(\d+):\d+\)?$/.exec(line);
    if (match === null) continue;
    const [, caller, file, number] = match as unknown as [string, string, string, string];
    const relative = path.relative(root, file.replace(/^file:\/\//, ''));
    if (!relative.startsWith('manifests') || own.has(caller)) continue;
    const scope = construct.node.scope;
    const maker = scope === undefined ? '' : `${scope.constructor.name}.`;
    return `${relative.replaceAll(path.sep, '/')}:${number} ${maker}${construct.node.id}`;
  }
  return undefined;
}
