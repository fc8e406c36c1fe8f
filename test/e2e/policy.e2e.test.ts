import { argoController } from '../../manifests/names';
import { resourceOf } from '../../manifests/policies/kinds';
import { withControlPlane } from '../../infra/control-plane/control-plane';
import { ApiClient, type ApiAnswer } from '../../infra/kubernetes/api-client';
import { createSupply } from '../../infra/supply';
import { evaluatePolicies } from '../../review/policy/evaluate';
import { DistTree } from '../../review/tree/dist-tree';
import { copyOf, objectsOf, ofKind, type Loose } from '../manifests/objects';
import { files, specimens } from '../review/policy/specimens';
import { distObject, treeOf } from '../review/policy/tree';

const tree = treeOf(files);
const corpus = specimens();
const clusterKinds = ['Namespace', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];

function pathOf({ apiVersion, kind, metadata }: Loose): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const namespace = clusterKinds.includes(kind) ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${namespace}/${resourceOf(kind)}/${metadata.name}`;
}

function apply(client: ApiClient, object: Loose, dryRun: boolean): Promise<ApiAnswer> {
  return client.send(pathOf(object), {
    method: 'PATCH',
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'argocd-controller', force: 'true', ...(dryRun && { dryRun: 'All' }) },
    body: object,
  });
}

/** Names of the policies in what the API server says. */
function policiesIn(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => /ValidatingAdmissionPolicy '([^'.]+)[^']*'/.exec(text)?.[1] ?? []);
  return [...new Set(names)].sort();
}

interface Verdict {
  readonly title: string;
  readonly breaks: readonly string[];
  readonly refused: boolean;
}

/** What the API server says about each object: every policy by a warning, and whether it would let the object in. */
async function askApiServer(): Promise<Verdict[]> {
  const supply = createSupply();
  const [etcd, kubeApiserver] = await Promise.all([supply.tool('etcd'), supply.tool('kube-apiserver')]);
  return withControlPlane({ etcd, kubeApiserver }, async (server) => {
    const admin = new ApiClient(server);
    const argoCd = new ApiClient(server, { impersonate: { user: argoController, groups: ['system:masters'] } });
    try {
      const rendered = objectsOf(files);
      const setUp = [
        ...ofKind(rendered, 'Namespace').map(({ object }) => object),
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } },
        ...ofKind(rendered, 'ValidatingAdmissionPolicy').map(({ object }) => object),
        ...ofKind(rendered, 'ValidatingAdmissionPolicyBinding').flatMap(({ object }) => [object, telling(object)]),
      ];
      for (const object of setUp) {
        const { status, body } = await apply(admin, object, false);
        if (status > 201) throw new Error(`${object.metadata.name}: ${JSON.stringify(body)}`);
      }
      await settled(argoCd);
      return await Promise.all(
        corpus.map(async ({ title, object }) => {
          const { status, body, warnings } = await apply(argoCd, object, true);
          if (status > 201 && !JSON.stringify(body).includes('denied request')) {
            throw new Error(`${title} is refused for another reason: ${JSON.stringify(body)}`);
          }
          return { title, breaks: policiesIn(warnings), refused: status > 201 };
        }),
      );
    } finally {
      admin.close();
      argoCd.close();
    }
  });
}

/** The same binding, which only tells: of all policies that refuse an object the API server names the first alone. */
function telling(binding: Loose): Loose {
  const copy = copyOf(binding);
  copy.metadata.name = `tell.${copy.metadata.name}`;
  copy.spec.validationActions = ['Warn'];
  return copy;
}

/** A policy holds a moment after it was made; asks about one object of each until all do. */
async function settled(client: ApiClient): Promise<void> {
  const probes = new Map(corpus.flatMap(({ breaks, object }) => breaks.map((policy) => [policy, object] as const)));
  for (const [policy, object] of probes) {
    while (!policiesIn((await apply(client, object, true)).warnings).includes(policy));
  }
}

/** What a review says about each, as if it were all that changed. */
function review(): Verdict[] {
  const changed = corpus.map(({ object }, index) => distObject(`developer/shop/${index}.yaml`, object));
  const head = new DistTree({ side: tree.side, objects: [...tree.objects, ...changed] });
  const { findings } = evaluatePolicies({ objects: changed, head, base: tree });
  return corpus.map(({ title }, index) => {
    const mine = findings.filter(
      ({ places, exception }) => exception === undefined && places[0]!.file === changed[index]!.place.file,
    );
    return {
      title,
      breaks: [...new Set(mine.map(({ rule }) => rule))].sort(),
      refused: mine.some(({ severity }) => severity === 'error'),
    };
  });
}

test('the API server and a review agree about every object of the corpus', async () => {
  const verdicts = await askApiServer();
  expect(verdicts.length).toBeGreaterThanOrEqual(200);
  expect(verdicts).toEqual(review());
  // both agree with what the rows say, so that they cannot agree by saying nothing
  expect(verdicts.map(({ breaks }) => breaks)).toEqual(corpus.map(({ breaks }) => breaks));
});
