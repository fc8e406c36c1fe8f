import { UserError } from '../../core/errors';

/** A running platform on this machine: its name, and the project it belongs to. */
export interface Platform {
  readonly name: string;
  /** Absolute path of the project's state folder; tells apart projects that use the same platform name. */
  readonly stateFolder: string;
}

export const PLATFORM_LABEL = 'slipway.dev/platform';
export const PROJECT_LABEL = 'slipway.dev/project';

type Labels = Readonly<Record<string, string>> | null | undefined;

/** Labels of everything that is made for a platform. */
export function platformLabels(platform: Platform): Readonly<Record<string, string>> {
  return { [PLATFORM_LABEL]: platform.name, [PROJECT_LABEL]: platform.stateFolder };
}

/** The labels as arguments of the engine's `run` and `create` commands. */
export function labelArguments(platform: Platform): readonly string[] {
  return Object.entries(platformLabels(platform)).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
}

/** Why something with these labels is somebody else's; undefined where it belongs to this platform. */
export function foreignBecause(labels: Labels, platform: Platform): string | undefined {
  if (labels?.[PLATFORM_LABEL] !== platform.name) return 'it was not made by Slipway';
  const project = labels[PROJECT_LABEL];
  return project === platform.stateFolder ? undefined : `it belongs to the project with state folder ${project}`;
}

/** A cluster of the platform's name that something else made; it is neither changed nor removed. */
export class ForeignCluster extends UserError {
  constructor(name: string, because: string) {
    super(`a cluster named "${name}" is there already and is not this project's: ${because}`, {
      repair: 'choose another name with --name, or remove it with the tool that made it',
    });
    this.name = 'ForeignCluster';
  }
}
