import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signatureOf } from '../../core/signature';
import { refreshApplicationSets } from '../../infra/refresh-hook/application-sets';
import { refreshHookMain, refreshHookProgram } from '../../infra/refresh-hook/program';
import { createRefreshHook } from '../../infra/refresh-hook/server';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close().closeAllConnections()));

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('the hook', () => {
  const secret = 'shared with the forge';
  const body = JSON.stringify({ ref: 'refs/heads/main' });
  let refreshed: string[];
  let said: string[];
  let port: number;
  let fault: Error | undefined;

  beforeEach(async () => {
    [refreshed, said, fault] = [[], [], undefined];
    const refresh = async (id: string): Promise<void> => {
      if (fault) throw fault;
      refreshed.push(id);
    };
    port = await listen(createRefreshHook({ secret, refresh, say: (line) => said.push(line) }));
  });

  const post = (headers: Record<string, string>, content: string | Buffer = body) =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: content });
  const signed = { 'x-gitea-signature': signatureOf(secret, Buffer.from(body)) };

  test('refreshes for what the forge has signed, by the number of the delivery', async () => {
    const answer = await post({ ...signed, 'x-gitea-delivery': 'f6d9-1' });
    expect([answer.status, await answer.text()]).toEqual([200, 'refreshed\n']);
    expect(refreshed).toEqual(['f6d9-1']);
    expect(said).toEqual(['POST 200 refreshed']);
  });

  test.each([[{}], [{ 'x-gitea-delivery': 'two words' }], [{ 'x-gitea-delivery': 'x'.repeat(64) }]])(
    'marks what has no number that a mark can be, as %j, by the time',
    async (headers: Record<string, string>) => {
      await post({ ...signed, ...headers });
      expect(Number(refreshed[0])).toBeGreaterThan(Date.now() - 60_000);
    },
  );

  test.each([
    ['unsigned', {}],
    ['signed with another secret', { 'x-gitea-signature': signatureOf('another', Buffer.from(body)) }],
    ['signed for another body', { 'x-gitea-signature': signatureOf(secret, Buffer.from('{}')) }],
  ])('refuses what is %s', async (_what, headers: Record<string, string>) => {
    expect((await post(headers)).status).toBe(401);
    expect(refreshed).toEqual([]);
  });

  test('refuses what is larger than any event before it looks at the signature', async () => {
    expect((await post(signed, Buffer.alloc(4 * 1024 * 1024 + 1))).status).toBe(413);
  });

  test('says that it lives, quietly, and answers nothing else to a GET', async () => {
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect(said).toEqual([]);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(405);
  });

  test('lets the forge try again where Argo CD could not be told', async () => {
    fault = new Error('the API server answers 500 to GET /apis');
    const answer = await post(signed);
    expect([answer.status, await answer.text()]).toEqual([502, `${fault.message}\n`]);
  });
});

describe('refreshing', () => {
  interface Asked {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }
  let asked: Asked[];
  let answers: (asked: Asked) => readonly [number, object];
  let url: string;

  beforeEach(async () => {
    asked = [];
    const server = createServer((incoming, response) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => {
        const one = { method: incoming.method!, url: incoming.url!, headers: incoming.headers, body: text };
        asked.push(one);
        const [status, answer] = answers(one);
        response.writeHead(status).end(JSON.stringify(answer));
      });
    });
    url = `http://127.0.0.1:${await listen(server)}`;
  });

  const sets = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applicationsets';

  test('marks every ApplicationSet, with a token that is read each time', async () => {
    const items = ['developer', 'production'].map((name) => ({ metadata: { name } }));
    answers = ({ method }) => [200, method === 'GET' ? { items } : {}];
    let reads = 0;
    await refreshApplicationSets({ url, token: () => `token-${(reads += 1)}` }, 'argocd', 'f6d9');
    expect(asked.map(({ method, url: path }) => `${method} ${path}`).toSorted()).toEqual([
      `GET ${sets}`,
      `PATCH ${sets}/developer`,
      `PATCH ${sets}/production`,
    ]);
    for (const { headers, body } of asked.filter(({ method }) => method === 'PATCH')) {
      expect(headers['content-type']).toBe('application/merge-patch+json');
      expect(JSON.parse(body)).toEqual({
        metadata: { annotations: { 'argocd.argoproj.io/application-set-refresh': 'f6d9' } },
      });
    }
    expect(new Set(asked.map(({ headers }) => headers.authorization)).size).toBe(3);
  });

  test.each([
    ['GET', 403],
    ['PATCH', 409],
  ])('fails where a %s is answered by %d', async (failing, status) => {
    answers = ({ method }) =>
      method === failing ? [status, {}] : [200, { items: [{ metadata: { name: 'developer' } }] }];
    const path = failing === 'GET' ? sets : `${sets}/developer`;
    await expect(refreshApplicationSets({ url, token: () => 't' }, 'argocd', 'x')).rejects.toThrow(
      `the API server answers ${status} to ${failing} ${path}`,
    );
  });

  test('fails where nobody answers', async () => {
    servers.splice(0).forEach((server) => server.close());
    await expect(refreshApplicationSets({ url, token: () => 't' }, 'argocd', 'x')).rejects.toThrow('ECONNREFUSED');
  });
});

test('the program in the pod is whole: it loads nothing but itself and Node', () => {
  const files = refreshHookProgram();
  expect([...files.keys()]).toContain(refreshHookMain);
  for (const [file, text] of files) {
    for (const [, name] of text.matchAll(/require\("([^"]+)"\)/g)) {
      if (name!.startsWith('node:')) continue;
      expect([...files.keys()]).toContain(new URL(`${name}.js`, `file:///${file}`).pathname.slice(1));
    }
  }
});
