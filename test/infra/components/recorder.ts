import * as pulumi from '@pulumi/pulumi';
import { plain } from '../../../infra/provider/wire';

/** One resource that a program asked for. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a resource is given is as manifold as resources are
  readonly inputs: any;
  /** Type and name of the parent, as `type::name`; empty at the top. */
  readonly parent: string;
  readonly dependsOn: readonly string[];
  readonly deletedWith: string;
  readonly retainOnDelete: boolean;
  readonly secretInputs: readonly string[];
  /** The ID that is taken over, or empty. */
  readonly importId: string;
  readonly ignoreChanges: readonly string[];
  /** Name of the provider that serves it, or empty for the default one. */
  readonly provider: string;
}

const shortName = (urn: string): string => {
  const [, , types, name] = urn.split('::');
  return types === undefined ? '' : `${types.split('$').at(-1)}::${name}`;
};

/** Outputs that the engine would fill in. */
const outputsOf = (type: string): object | undefined =>
  ({
    'slipway:index:Registry': { address: '127.0.0.1:5001' },
    'slipway:index:KubernetesCluster': {
      clusterId: 'c1',
      kubeconfig: pulumi.secret('apiVersion: v1'),
      kubeconfigFile: '/state/kubeconfig',
      ingressAddress: '127.0.0.1',
      serverForOthers: 'https://pier-production-control-plane:6443',
    },
    'kubernetes:core/v1:Secret': { data: { token: Buffer.from('bearer').toString('base64') } },
    'kubernetes:core/v1:Service': {
      spec: { clusterIP: '10.96.0.7' },
      status: { loadBalancer: { ingress: [{ hostname: 'lb.example.test' }] } },
    },
    'slipway:index:RandomPassword': { value: pulumi.secret('drawn') },
    'slipway:index:DeployKey': { publicKey: 'ssh-ed25519 AAAA', privateKey: pulumi.secret('private key') },
    'slipway:index:ForgeToken': { value: pulumi.secret('token'), number: 1 },
    'slipway:index:FirstDelivery': { commit: 'abc' },
    'kubernetes:core/v1:ConfigMap': { data: { Corefile: '.:53 {\n    errors\n}\n' } },
  })[type];

/** What a provider would answer: GitHub knows people by numbers. */
const answerOf = (token: string, inputs: object): object =>
  ({
    'github:index/getUser:getUser': { ...inputs, id: '7' },
    'github:index/getTeam:getTeam': { ...inputs, id: '77' },
  })[token] ?? inputs;

/** The part of the engine's protocol that a test looks into. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): readonly string[];
  getDeletedwith(): string;
  getRetainondelete(): boolean;
  getImportid(): string;
  getIgnorechangesList(): readonly string[];
  getProvider(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

function describe(request: Request): Recorded {
  const marked = request.getObject()?.toJavaScript() ?? {};
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: plain(marked),
    parent: shortName(request.getParent()),
    dependsOn: request.getDependenciesList().map(shortName),
    deletedWith: shortName(request.getDeletedwith()),
    retainOnDelete: request.getRetainondelete(),
    importId: request.getImportid(),
    ignoreChanges: request.getIgnorechangesList(),
    provider: request.getProvider().split('::').at(-2) ?? '',
    secretInputs: Object.keys(marked).filter((key) =>
      JSON.stringify(marked[key]).includes(pulumi.runtime.specialSecretSig),
    ),
  };
}

/** Runs a program without an engine. @returns everything that it asked for, in the order in which it did */
export async function record(program: () => unknown): Promise<readonly Recorded[]> {
  const recorded: Recorded[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({ id: `${name}-id`, state: { ...inputs, ...outputsOf(type) } }),
      call: ({ token, inputs }) => answerOf(token, inputs as object),
    },
    'slipway',
    'test',
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: Request, callback: unknown): Promise<void>;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    recorded.push(describe(request));
    return register(request, callback);
  };
  await program();
  // what is made inside of an output comes only when that is known
  for (let before = -1; before !== recorded.length;) {
    before = recorded.length;
    await pulumi.runtime.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return recorded;
}

/** The one resource of that type and, where it is given, name. */
export function the(recorded: readonly Recorded[], type: string, name?: string): Recorded {
  const found = recorded.filter((one) => one.type === type && (name === undefined || one.name === name));
  if (found.length !== 1) {
    throw new Error(
      `${found.length} resources are a ${type} ${name ?? ''}: ${recorded.map((one) => `${one.type} ${one.name}`).join(', ')}`,
    );
  }
  return found[0]!;
}

export const types = (recorded: readonly Recorded[]): readonly string[] => recorded.map(({ type }) => type);
