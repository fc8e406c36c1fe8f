import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** As much of an object as tells where it is. */
export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const pluralOf = (kind: string): string => kind.toLowerCase().replace(/y$/, 'ie').replace(/s$/, 'se').concat('s');

const rootOf = ({ apiVersion }: LiveObject): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

function pathOf(object: LiveObject): string {
  const { kind, metadata } = object;
  const within = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${rootOf(object)}${within}/${pluralOf(kind)}/${metadata.name}`;
}

/**
 * A command that stands between like `kubectl proxy`, before clusters that have these objects, by the name of their
 * kubeconfig. They serve the kinds of all of them, and keep what is applied as it is.
 */
export function fakeKubectlProxy(folder: string, clusters: Readonly<Record<string, readonly LiveObject[]>>): string {
  const known = Object.values(clusters).flat();
  const lists: Record<string, { readonly resources: object[] }> = {};
  for (const object of known) {
    const { kind, metadata } = object;
    const namespaced = metadata.namespace !== undefined;
    (lists[rootOf(object)] ??= { resources: [] }).resources.push({ name: pluralOf(kind), kind, namespaced });
  }
  const answers = Object.fromEntries(
    Object.entries(clusters).map(([name, objects]) => [
      name,
      { ...lists, ...Object.fromEntries(objects.map((object) => [pathOf(object), object])) },
    ]),
  );
  const file = path.join(folder, 'kubectl-proxy');
  const source = `#!${process.execPath}
const option = (name) => process.argv.find((one) => one.startsWith('--' + name + '=')).slice(name.length + 3);
const answers = ${JSON.stringify(answers)}[require('node:path').basename(option('kubeconfig'))];
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (text) => (body += text));
  request.on('end', () => {
    const found = answers[new URL(request.url, 'http://localhost').pathname];
    response.statusCode = found === undefined ? 404 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(request.method === 'PATCH' ? body : JSON.stringify(found ?? { message: 'not found' }));
  });
}).listen(option('unix-socket'), () => console.log('Starting to serve on', option('unix-socket')));
`;
  writeFileSync(file, source);
  chmodSync(file, 0o755);
  return file;
}
