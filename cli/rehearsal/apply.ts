import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import type { ApiAnswer, ApiClient } from '../../infra/kubernetes/api-client';
import { applyAsArgoCd, messageOf, type Resources } from '../../infra/kubernetes/resources';
import type { DistTree } from '../../review/tree/dist-tree';
import type { DistObject } from '../../review/tree/object';

/** What the API server made of one object. */
export interface Applied {
  readonly object: DistObject;
  /** Absent where it does not serve the kind. */
  readonly answer?: ApiAnswer;
}

/** Kinds that others depend on, in the order in which they have to be there. */
const first = [
  'Namespace',
  'CustomResourceDefinition',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
];

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const admission = '/apis/admissionregistration.k8s.io/v1';

/** Objects of one API server, applied as Argo CD would. */
export class Stage {
  private probes = 0;

  constructor(
    private readonly client: ApiClient,
    private readonly resources: Resources,
    private readonly signal: AbortSignal,
  ) {}

  /** Definitions of kinds that the bootstrap installs. @throws UserError where one is refused */
  async define(definitions: readonly { readonly metadata: { readonly name: string } }[]): Promise<void> {
    await Promise.all(
      definitions.map(async (definition) => {
        const { status, body } = await applyAsArgoCd(
          this.client,
          `${definitionsPath}/${definition.metadata.name}`,
          definition,
        );
        if (status > 201) throw new UserError(`${definition.metadata.name} is refused: ${messageOf(body)}`);
      }),
    );
    await this.established(definitions.map(({ metadata }) => metadata.name));
  }

  /**
   * Applies a tree: namespaces, definitions and policies in turn, then everything else at once.
   *
   * @param skip objects that are not sent, since nothing about them changed
   */
  async apply(tree: DistTree, skip: (object: DistObject) => boolean = () => false): Promise<readonly Applied[]> {
    const wanted = tree.objects.filter((object) => !skip(object));
    const result: Applied[] = [];
    await this.missingNamespaces(tree);
    for (const kind of first) {
      const objects = wanted.filter(({ identity }) => identity.kind === kind);
      if (objects.length === 0) continue;
      result.push(...(await this.all(objects)));
      if (kind === 'CustomResourceDefinition') await this.established(objects.map(({ identity }) => identity.name));
      if (kind === 'ValidatingAdmissionPolicyBinding') await this.policiesHold();
    }
    result.push(...(await this.all(wanted.filter(({ identity }) => !first.includes(identity.kind)))));
    return result;
  }

  private all(objects: readonly DistObject[]): Promise<Applied[]> {
    return Promise.all(
      objects.map(async (object): Promise<Applied> => {
        const path = await this.resources.pathOf(object.identity);
        if (path === undefined) return { object };
        return { object, answer: await applyAsArgoCd(this.client, path, object.manifest) };
      }),
    );
  }

  /** Namespaces that objects land in and no tree describes, such as Argo CD's own. */
  private async missingNamespaces(tree: DistTree): Promise<void> {
    const described = new Set(tree.ofKind('Namespace').map(({ identity }) => identity.name));
    const used = new Set(tree.objects.flatMap(({ identity: { namespace } }) => namespace ?? []));
    await Promise.all(
      [...used]
        .filter((name) => !described.has(name))
        .map((name) =>
          applyAsArgoCd(this.client, `/api/v1/namespaces/${name}`, {
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name },
          }),
        ),
    );
  }

  /** Until the kinds are served; one that was refused never is. */
  private async established(names: readonly string[]): Promise<void> {
    for (const name of names) {
      for (let attempt = 0; attempt < 200; attempt += 1) {
        const { status, body } = await this.client.send(`${definitionsPath}/${name}`);
        if (status !== 200 || isEstablished(body)) break;
        await sleep(50, undefined, { signal: this.signal });
      }
    }
    this.resources.forget();
  }

  /**
   * Until the policies hold that were just made. The API server says so nowhere; but it takes them up together, so one
   * more that refuses what nobody asks for tells by refusing it.
   */
  private async policiesHold(): Promise<void> {
    this.probes += 1;
    const name = `rehearsal-${this.probes}.slipway.dev`;
    const subject = `rehearsal-${this.probes}`;
    await applyAsArgoCd(this.client, `${admission}/validatingadmissionpolicies/${name}`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['configmaps'],
              resourceNames: [subject],
            },
          ],
        },
        validations: [{ expression: 'false' }],
      },
    });
    await applyAsArgoCd(this.client, `${admission}/validatingadmissionpolicybindings/${name}`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    });
    const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: subject, namespace: 'default' } };
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const path = `/api/v1/namespaces/default/configmaps/${subject}`;
      if ((await applyAsArgoCd(this.client, path, probe, { dryRun: true })).status > 201) return;
      await sleep(50, undefined, { signal: this.signal });
    }
    throw new UserError('the API server took up no policy within 10 s');
  }
}

function isEstablished(body: unknown): boolean {
  const { status } = body as { status?: { conditions?: readonly { type: string; status: string }[] } };
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Established' && is === 'True');
}
