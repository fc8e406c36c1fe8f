/**
 * From `git push` to Synced and to Healthy on a running platform: by the forge's hooks, and by Argo CD's default polling.
 * Every push changes an annotation of the pods of one service, so that each is a whole rollout.
 */
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { startCi, stopCi } from '../cli/platform/ci-process';
import { forgeRemote, readCredentials } from '../cli/platform/forge';
import { createKubectl, type Kubectl } from '../cli/platform/kubectl';
import { loadProject, type Project } from '../cli/platform/project';
import { projectRoot } from '../core/paths';
import { createProgress } from '../core/progress';
import { Repository } from '../delivery/git';
import { GiteaApi } from '../infra/provider/forge/gitea-api';
import { ApplicationWatch } from './application-watch';
import { summarize } from './measure';

interface Sample {
  readonly commit: string;
  readonly pushSeconds: number;
  readonly syncedSeconds: number;
  readonly healthySeconds: number;
}

const environment = 'developer';
const service = 'service-a';
const manifest = `dist/${environment}/${service}/Deployment.${service}.yaml`;
const { values: flags } = parseArgs({
  options: { pushes: { type: 'string', default: '20' }, polled: { type: 'string', default: '4' } },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** One push and what came of it. A rollout is over before the next begins. */
async function measureOne(git: Repository, folder: string, watch: ApplicationWatch, mark: string): Promise<Sample> {
  const file = path.join(folder, manifest);
  const object = parse(readFileSync(file, 'utf8'));
  object.spec.template.metadata.annotations = { 'slipway.dev/benchmark': mark };
  writeFileSync(file, stringify(object));
  const identity = ['-c', 'user.name=Benchmark', '-c', 'user.email=benchmark@slipway.invalid'];
  await git.run([...identity, 'commit', '--quiet', '--all', '--message', `Measure ${mark}`]);
  const commit = (await git.lines(['rev-parse', 'HEAD']))[0]!;
  const start = Date.now();
  await git.run(['push', '--quiet', 'origin', 'HEAD']);
  const pushed = Date.now();
  const synced = await watch.first(
    { at: start },
    600,
    ({ sync, revision }) => sync === 'Synced' && revision === commit,
  );
  // what is healthy at once is healthy from before: the new pods are not there yet
  const rolling = await watch.first(
    synced,
    60,
    ({ applied, health }) => applied === commit && health === 'Progressing',
  );
  const healthy = await watch.first(rolling, 300, ({ health }) => health === 'Healthy');
  const seconds = (at: number): number => (at - start) / 1000;
  return {
    commit,
    pushSeconds: seconds(pushed),
    syncedSeconds: seconds(synced.at),
    healthySeconds: seconds(healthy.at),
  };
}

async function measureMany(title: string, count: number, one: (mark: string) => Promise<Sample>): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let index = 1; index <= count; index += 1) {
    samples.push(await one(`${title} ${index} ${Date.now()}`));
    const { syncedSeconds, healthySeconds } = samples.at(-1)!;
    say(`${title} ${index}/${count}: Synced ${syncedSeconds.toFixed(2)} s, Healthy ${healthySeconds.toFixed(2)} s`);
  }
  return samples;
}

/** Argo CD's own defaults: every two minutes and up to one more, and nobody tells it of anything. */
async function withDefaultPolling<T>(project: Project, kubectl: Kubectl, work: () => Promise<T>): Promise<T> {
  const { forge } = project.catalog.platform;
  const api = new GiteaApi(
    { host: forge.host, port: project.settings.httpPort, ...(await readCredentials(kubectl, 'git')) },
    { signal: new AbortController().signal },
  );
  const hooks = `/orgs/${forge.organization}/hooks`;
  const { body } = await api.ask('GET', hooks, [200]);
  const setHooks = async (active: boolean): Promise<void> => {
    // a change that names no events leaves none but pushes
    for (const { id, events } of body as { id: number; events: string[] }[]) {
      await api.ask('PATCH', `${hooks}/${id}`, [200], { active, events });
    }
  };
  const setPolling = async (seconds: string, jitter: string): Promise<void> => {
    const data = { 'timeout.reconciliation': seconds, 'timeout.reconciliation.jitter': jitter };
    await kubectl.run(['patch', 'configmap', 'argocd-cm', '--namespace=argocd', '--patch', JSON.stringify({ data })]);
    for (const name of ['statefulset/argocd-application-controller', 'deployment/argocd-repo-server']) {
      await kubectl.run(['rollout', 'restart', name, '--namespace=argocd']);
      await kubectl.run(['rollout', 'status', name, '--namespace=argocd', '--timeout=180s'], { timeoutMs: 200_000 });
    }
  };
  const config = await kubectl.get<{ metadata: { name: string }; data: Record<string, string> }>(
    'configmap',
    'argocd-cm',
    'argocd',
  );
  await setHooks(false);
  try {
    await setPolling('120s', '60s');
    return await work();
  } finally {
    await setHooks(true);
    await setPolling(config!.data['timeout.reconciliation']!, config!.data['timeout.reconciliation.jitter']!);
  }
}

function row(title: string, samples: readonly Sample[]): string {
  const cells = (['syncedSeconds', 'healthySeconds'] as const).flatMap((key) => {
    const { median, p95 } = summarize(samples.map((sample) => sample[key]));
    return [median.toFixed(1), p95.toFixed(1)];
  });
  return `| ${title} | ${samples.length} | ${cells.join(' | ')} |`;
}

async function main(): Promise<void> {
  const project = await loadProject(projectRoot);
  const kubectl = createKubectl(project);
  const remote = await forgeRemote(project, kubectl, new AbortController().signal);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-delivery-'));
  const watch = new ApplicationWatch(
    path.join(project.bin, 'kubectl'),
    project.kubeconfig,
    `${environment}-${service}`,
  );
  // what looks at every push for workflows would work at the very moments that count
  const received = await stopCi(project.state);
  try {
    const git = new Repository(folder, remote);
    await git.run(['clone', '--quiet', '--branch', remote.branch, remote.url, '.']);
    const one = (mark: string): Promise<Sample> => measureOne(git, folder, watch, mark);
    await one(`warm up ${Date.now()}`);
    const hooks = await measureMany('hooks', Number(flags.pushes), one);
    const polling = await withDefaultPolling(project, kubectl, () => measureMany('polling', Number(flags.polled), one));
    const table = [
      '| way | pushes | Synced, median (s) | p95 | Healthy, median (s) | p95 |',
      '| --- | --- | --- | --- | --- | --- |',
      row('hooks of the forge', hooks),
      row("Argo CD's default polling", polling),
    ].join('\n');
    const results = path.join(__dirname, 'results');
    mkdirSync(results, { recursive: true });
    const machine = { cpus: os.cpus().length, load: os.loadavg()[0], memoryGiB: Math.round(os.totalmem() / 2 ** 30) };
    writeFileSync(path.join(results, 'delivery.json'), `${JSON.stringify({ machine, hooks, polling }, null, 2)}\n`);
    writeFileSync(
      path.join(results, 'delivery.md'),
      `# From push to running\n\nSeconds from the start of \`git push\`, on ${machine.cpus} cores at a load of ${machine.load!.toFixed(1)}.\n\n${table}\n`,
    );
    process.stdout.write(`${table}\n`);
  } finally {
    watch.close();
    if (received) await startCi(project, { progress: createProgress() });
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
