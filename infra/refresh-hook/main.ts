import { readFileSync } from 'node:fs';
import { refreshApplicationSets, type ApiServer } from './application-sets';
import { createRefreshHook } from './server';

/* The program of the pod: settings come from the environment, the account from where the kubelet puts it. */
const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, NAMESPACE, HOOK_SECRET_FILE, PORT } = process.env;

const server: ApiServer = {
  url: `https://${KUBERNETES_SERVICE_HOST}:${KUBERNETES_SERVICE_PORT}`,
  ca: readFileSync(`${account}/ca.crt`, 'utf8'),
  token: () => readFileSync(`${account}/token`, 'utf8'),
};

const hook = createRefreshHook({
  secret: readFileSync(HOOK_SECRET_FILE!, 'utf8').trim(),
  refresh: (id) => refreshApplicationSets(server, NAMESPACE!, id),
  say: (line) => void process.stdout.write(`${line}\n`),
});
hook.listen(Number(PORT));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    hook.close();
    hook.closeIdleConnections();
  });
}
