import { exec, type ExecOptions, type ExecResult } from '../../core/exec';

/** A container as the engine describes it; the part of its answer that is used here. */
export interface ContainerFacts {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly State: {
    readonly Running: boolean;
    readonly Status: string;
    readonly ExitCode: number;
    readonly Pid: number;
  };
  readonly Config: { readonly Image: string; readonly Labels: Readonly<Record<string, string>> | null };
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Source: string }[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress?: string }>> };
  readonly HostConfig: {
    readonly PortBindings: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    > | null;
    readonly RestartPolicy: { readonly Name: string };
  };
}

export interface NetworkFacts {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Containers?: Readonly<Record<string, { readonly Name: string }>> | null;
}

export interface VolumeFacts {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export interface ImageFacts {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null };
  readonly RootFS: { readonly Layers?: readonly string[] };
}

interface FactsByKind {
  container: ContainerFacts;
  network: NetworkFacts;
  volume: VolumeFacts;
  image: ImageFacts;
}

/** A container engine that answers, spoken to by its command. */
export interface Engine {
  readonly command: 'docker' | 'podman';
  /** Version of the daemon. */
  readonly version: string;
  readonly cgroupVersion: 1 | 2;
  /** Its containers run without CAP_SYS_RESOURCE, because this machine has none to give. */
  readonly lean: boolean;
  /** Added to the environment of everything that speaks to this engine, kind included. */
  readonly env: Readonly<Record<string, string>>;
  /** @throws CommandFailed unless it exits 0 or `allowFailure` is set */
  run(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** What exists under that name or id; undefined where nothing does. */
  inspect<Kind extends keyof FactsByKind>(kind: Kind, name: string): Promise<FactsByKind[Kind] | undefined>;
  /** All containers, running or not, that match every filter (`label=a=b`, `network=n`, `publish=80`). */
  containers(...filters: readonly string[]): Promise<readonly ContainerFacts[]>;
}

/** What an engine says of itself; see `probeEngine`. */
export interface EngineFacts {
  readonly command: 'docker' | 'podman';
  readonly version: string;
  readonly cgroupVersion: 1 | 2;
  readonly lean: boolean;
}

/** A name without the slash that engines put before it. */
export function containerName(container: ContainerFacts): string {
  return container.Name.replace(/^\//, '');
}

/** @param env for example DOCKER_HOST, where the engine is not the default one */
export function createEngine(facts: EngineFacts, env: Readonly<Record<string, string>> = {}): Engine {
  const kindEnv: Record<string, string> =
    facts.command === 'podman' ? { ...env, KIND_EXPERIMENTAL_PROVIDER: 'podman' } : { ...env };
  const run: Engine['run'] = (args, options = {}) =>
    exec(facts.command, args, { ...options, env: { ...kindEnv, ...options.env } });
  return {
    ...facts,
    env: kindEnv,
    run,
    async inspect<Kind extends keyof FactsByKind>(kind: Kind, name: string) {
      const { stdout, stderr, exitCode } = await run([kind, 'inspect', name], { allowFailure: true });
      if (exitCode !== 0 && !/no such|not found|does not exist/i.test(stderr)) {
        await run([kind, 'inspect', name]);
      }
      return exitCode === 0 ? (JSON.parse(stdout) as FactsByKind[Kind][])[0] : undefined;
    },
    async containers(...filters) {
      const args = ['ps', '--all', '--quiet', '--no-trunc', ...filters.flatMap((filter) => ['--filter', filter])];
      const ids = (await run(args)).stdout.split('\n').filter((id) => id !== '');
      if (ids.length === 0) return [];
      // one that is removed between the two calls makes the second fail, though the answer holds the rest
      const { stdout } = await run(['container', 'inspect', ...ids], { allowFailure: true });
      return JSON.parse(stdout) as ContainerFacts[];
    },
  };
}

/** Names of running containers that publish a port of this machine, for `takenPorts`. */
export function publishing(engine: Engine): (port: number) => Promise<readonly string[]> {
  return async (port) => (await engine.containers(`publish=${port}`, 'status=running')).map(containerName);
}
