import { UserError } from '../../core/errors';
import type { ApiAnswer, ApiClient } from './api-client';

/** What every manifest says about itself. */
export interface ManifestIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

interface GroupList {
  readonly groups?: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
}

/** Which kinds an API server serves, asked when they are first needed. */
export class Resources {
  private readonly lists = new Map<string, Promise<ResourceList>>();

  constructor(private readonly client: ApiClient) {}

  /** Path of an object; undefined where the API server does not know its kind in that version. */
  async pathOf({ apiVersion, kind, namespace, name }: ManifestIdentity): Promise<string | undefined> {
    const { resources = [] } = await this.list(apiVersion);
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (found === undefined) return undefined;
    const within = found.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? 'default')}` : '';
    return `${rootOf(apiVersion)}${within}/${found.name}/${encodeURIComponent(name)}`;
  }

  /** Every version in which a kind of that name is served: `apps/v1`. */
  async versionsOf(kind: string): Promise<readonly string[]> {
    const groups = (await this.client.send('/apis')).body as GroupList;
    const versions = ['v1', ...(groups.groups ?? []).flatMap((group) => group.versions.map((one) => one.groupVersion))];
    const lists = await Promise.all(versions.map((version) => this.list(version)));
    return versions.filter((_version, index) =>
      (lists[index]!.resources ?? []).some((resource) => resource.kind === kind),
    );
  }

  /** Forgets what it knows, after kinds were added. */
  forget(): void {
    this.lists.clear();
  }

  private list(apiVersion: string): Promise<ResourceList> {
    let list = this.lists.get(apiVersion);
    if (list === undefined) {
      list = this.client.send(rootOf(apiVersion)).then(({ status, body }) => {
        if (status === 200) return body as ResourceList;
        if (status === 404) return {};
        throw new UserError(`the API server does not say what it serves in ${apiVersion}: ${messageOf(body)}`);
      });
      this.lists.set(apiVersion, list);
    }
    return list;
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The words of a refusal. */
export function messageOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  return typeof body === 'string' ? body.trim() : JSON.stringify(body);
}

/** The name by which Argo CD owns the fields that it applies. */
export const argoFieldManager = 'argocd-controller';

/** Applies an object as Argo CD does, refusing fields that its kind does not have. */
export function applyAsArgoCd(
  client: ApiClient,
  path: string,
  manifest: unknown,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<ApiAnswer> {
  return client.send(path, {
    method: 'PATCH',
    contentType: 'application/apply-patch+yaml',
    query: {
      fieldManager: argoFieldManager,
      force: 'true',
      fieldValidation: 'Strict',
      ...(dryRun && { dryRun: 'All' }),
    },
    body: manifest,
  });
}
