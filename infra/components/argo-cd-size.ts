/** How much Argo CD has to do. */
export interface ArgoCdLoad {
  readonly applications: number;
  /** Clusters that it deploys to, its own among them. */
  readonly clusters: number;
}

/** What Argo CD is given for it. */
export interface ArgoCdSize {
  /** Applications that are compared at a time, by each controller. */
  readonly statusProcessors: number;
  /** Applications that are synced at a time, by each controller. */
  readonly operationProcessors: number;
  /** Manifests that a repository server reads at a time. */
  readonly manifestsAtATime: number;
  /** Controllers that share the clusters: one cluster is always one controller's. */
  readonly shards: number;
  readonly controllerMemoryLimit: string;
  readonly repositoryMemoryLimit: string;
}

const steps = [
  // two cores have no use for the default numbers of workers
  { upTo: 200, size: [10, 5, 4, '1Gi', '512Mi'] },
  // Argo CD's own defaults
  { upTo: 500, size: [20, 10, 8, '2Gi', '1Gi'] },
  // what its documentation proposes for a thousand
  { upTo: 1000, size: [50, 25, 16, '4Gi', '2Gi'] },
  { upTo: Infinity, size: [100, 50, 32, '8Gi', '4Gi'] },
] as const;

/** How many Applications one controller looks after before another one pays. */
const applicationsPerShard = 1000;

/** @see https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/ */
export function argoCdSize({ applications, clusters }: ArgoCdLoad): ArgoCdSize {
  const { size } = steps.find(({ upTo }) => applications <= upTo)!;
  const [statusProcessors, operationProcessors, manifestsAtATime, controllerMemoryLimit, repositoryMemoryLimit] = size;
  const shards = Math.max(1, Math.min(clusters, Math.ceil(applications / applicationsPerShard)));
  return {
    statusProcessors,
    operationProcessors,
    manifestsAtATime,
    shards,
    controllerMemoryLimit,
    repositoryMemoryLimit,
  };
}
