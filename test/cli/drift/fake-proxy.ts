import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** By kubeconfig: the colours that ConfigMaps have, by their path. */
export type FakeClusters = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A command that stands between like `kubectl proxy`, before clusters of nothing but ConfigMaps. */
export function fakeKubectlProxy(folder: string, clusters: FakeClusters): string {
  const file = path.join(folder, 'kubectl-proxy');
  const source = `#!${process.execPath}
const clusters = ${JSON.stringify(clusters)};
const option = (name) => process.argv.find((one) => one.startsWith('--' + name + '=')).slice(name.length + 3);
const colours = clusters[option('kubeconfig')];
const resources = [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true }];
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (text) => (body += text));
  request.on('end', () => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const [, , , , namespace, , name] = pathname.split('/');
    const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { colour: colours[pathname] } };
    const found = pathname === '/api/v1' ? { resources } : pathname in colours ? live : undefined;
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
