import { request as insecureRequest } from 'node:http';
import { request as secureRequest } from 'node:https';

/** How the API server is reached. */
export interface ApiServer {
  readonly url: string;
  /** PEM. @default what the system trusts */
  readonly ca?: string;
  /** Read for each request: it is renewed now and then. */
  readonly token: () => string;
}

const timeoutMs = 10_000;

function ask(server: ApiServer, method: 'GET' | 'PATCH', path: string, body?: object): Promise<string> {
  const url = new URL(path, server.url);
  const send = url.protocol === 'https:' ? secureRequest : insecureRequest;
  return new Promise((resolve, reject) => {
    const call = send(
      url,
      {
        method,
        ca: server.ca,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          authorization: `Bearer ${server.token()}`,
          accept: 'application/json',
          ...(body && { 'content-type': 'application/merge-patch+json' }),
        },
      },
      (response) => {
        const chunks: string[] = [];
        response.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(chunks.join(''))
            : reject(new Error(`the API server answers ${response.statusCode} to ${method} ${url.pathname}`)),
        );
      },
    );
    call.on('error', reject);
    call.end(body && JSON.stringify(body));
  });
}

/**
 * Marks every ApplicationSet of a namespace, so that its controller asks the forge now and without its cache.
 *
 * @param id a mark that differs from the last: one that Argo CD is just about to remove would not be seen otherwise
 */
export async function refreshApplicationSets(server: ApiServer, namespace: string, id: string): Promise<void> {
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applicationsets`;
  const { items } = JSON.parse(await ask(server, 'GET', path)) as { items: { metadata: { name: string } }[] };
  const annotations = { 'argocd.argoproj.io/application-set-refresh': id };
  await Promise.all(
    items.map(({ metadata: { name } }) => ask(server, 'PATCH', `${path}/${name}`, { metadata: { annotations } })),
  );
}
