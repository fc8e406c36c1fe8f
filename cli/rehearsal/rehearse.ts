import { parseAllDocuments } from 'yaml';
import { withControlPlane } from '../../infra/control-plane/control-plane';
import { ApiClient, type ApiServer } from '../../infra/kubernetes/api-client';
import { Resources } from '../../infra/kubernetes/resources';
import { argoController } from '../../manifests/names';
import { byDanger } from '../../review/finding';
import type { Finding, Side } from '../../review/model';
import { GitReader } from '../../review/tree/git';
import { loadTrees, type Trees } from '../../review/tree/load';
import { keyOf, type DistObject } from '../../review/tree/object';
import { findSides, type Sides } from '../../review/tree/sides';
import { Stage, type Applied } from './apply';
import { findingsOf } from './findings';

/** What a rehearsal takes of the machine. */
export interface Props {
  readonly etcd: string;
  readonly kubeApiserver: string;
  /** `v1.36.1` */
  readonly kubernetes: string;
  /** YAML with the definitions of the kinds that the bootstrap installs. */
  readonly definitions: string;
}

/** A change: what is there before and after. */
export interface Change {
  readonly sides: Sides;
  readonly trees: Trees;
}

/** @param base @param head as `slipway review` takes them @throws UserError where there is no such revision */
export async function readChange(root: string, signal: AbortSignal, base?: string, head?: string): Promise<Change> {
  const git = new GitReader(root, signal);
  const sides = await findSides(git, base, head);
  return { sides, trees: await loadTrees(git, sides) };
}

export interface RehearsalOptions {
  readonly change: Change;
  readonly props: Props;
  readonly signal: AbortSignal;
  /** Told what is being done. */
  readonly onStep: (detail: string) => void;
}

/** What a real API server says about a change. */
export interface Rehearsal {
  readonly version: 1;
  readonly kubernetes: string;
  readonly base: Side;
  readonly head: Side;
  /** How many objects were sent of each side; of the head only what may come out differently. */
  readonly applied: { readonly base: number; readonly head: number };
  /** Objects of the base that were refused, which is not the change's doing. */
  readonly refusedBefore: readonly string[];
  /** About the head, most dangerous first. */
  readonly findings: readonly Finding[];
}

/**
 * Applies the base and then the head to a throwaway API server, as Argo CD would, and says what it answers. Of the head
 * what is equal in both and was let in is not sent again, unless something that may refuse it changed as well.
 *
 * @throws UserError where the API server does not start
 */
export function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const { props, signal, onStep } = options;
  onStep(`starting Kubernetes ${props.kubernetes}`);
  return withControlPlane({ ...props, signal }, (server) => rehearseOn(server, options));
}

/** The same on an API server that is there. */
export async function rehearseOn(
  server: ApiServer,
  { change: { sides, trees }, props, signal, onStep }: RehearsalOptions,
): Promise<Rehearsal> {
  const client = clientOf(server, signal);
  try {
    const resources = new Resources(client);
    const stage = new Stage(client, resources, signal);
    await stage.define(definitionsIn(props.definitions));
    onStep(`applying ${trees.base.objects.length} objects of ${sides.base.name}`);
    const before = await stage.apply(trees.base);
    const unchanged = unchangedIn(trees, before);
    onStep(`applying what ${sides.head.name} changes`);
    const after = await stage.apply(trees.head, (object) => unchanged.has(keyOf(object.identity)));
    const judged = [...after, ...before.filter(({ object }) => unchanged.has(keyOf(object.identity)))];
    const told = await Promise.all(judged.map((one) => findingsOf(one, resources, props.kubernetes)));
    return {
      version: 1,
      kubernetes: props.kubernetes,
      base: sides.base,
      head: sides.head,
      applied: { base: before.length, head: after.length },
      refusedBefore: before.filter(isRefused).map(({ object }) => object.place.file),
      findings: [...sides.findings, ...trees.head.findings, ...told.flat()].sort(byDanger),
    };
  } finally {
    client.close();
  }
}

/** Acts as Argo CD, since policies may ask who sends an object. */
function clientOf(server: ApiServer, signal: AbortSignal): ApiClient {
  return new ApiClient(server, { impersonate: { user: argoController, groups: ['system:masters'] }, signal });
}

interface Definition {
  readonly kind?: string;
  readonly metadata: { readonly name: string };
}

function definitionsIn(manifest: string): readonly Definition[] {
  return parseAllDocuments(manifest)
    .map((document) => document.toJS() as Definition | null)
    .filter((object) => object?.kind === 'CustomResourceDefinition') as readonly Definition[];
}

function isRefused({ answer }: Applied): boolean {
  return answer === undefined || answer.status > 201;
}

/** Kinds that decide about other objects. */
const deciding = [
  'CustomResourceDefinition',
  'Namespace',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
];

/** Keys of the objects that are the same on both sides and would be answered the same way again. */
function unchangedIn({ base, head }: Trees, before: readonly Applied[]): ReadonlySet<string> {
  const texts = (objects: readonly DistObject[]): string =>
    objects
      .filter(({ identity }) => deciding.includes(identity.kind))
      .map(({ text }) => text)
      .join('\n');
  if (texts(base.objects) !== texts(head.objects)) return new Set();
  const accepted = before.filter((one) => !isRefused(one)).map(({ object }) => object);
  return new Set(
    accepted
      .filter(({ identity, text }) => head.get(keyOf(identity))?.text === text)
      .map(({ identity }) => keyOf(identity)),
  );
}
