import { UserError } from '../../../core/errors';
import { managedMark } from '../forge/connection';
import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

export interface ForgeRepositoryInputs extends ForgeInputs {
  readonly organization: string;
  readonly repository: string;
  readonly branch: string;
  /** One that is there already is taken as it is, whoever made it. @default refused */
  readonly adopt?: boolean;
}

interface GiteaRepository {
  readonly description: string;
  readonly default_branch: string;
}

const at = ({ organization, repository }: Pick<ForgeRepositoryInputs, 'organization' | 'repository'>): string =>
  `/repos/${organization}/${repository}`;

async function ensure(inputs: ForgeRepositoryInputs, operation: Operation): Promise<void> {
  const api = forgeApi(inputs, operation);
  const { organization, repository, branch, adopt = false } = inputs;
  const found = await api.ask('GET', at(inputs), [200, 404]);
  if (found.status === 404) {
    await api.ask('POST', `/orgs/${organization}/repos`, [201], {
      name: repository,
      description: managedMark,
      private: true,
      auto_init: false,
      default_branch: branch,
    });
    return;
  }
  const { description, default_branch } = found.body as GiteaRepository;
  if (adopt) return;
  if (description !== managedMark) {
    throw new UserError(`the forge has a repository "${organization}/${repository}" that Slipway did not make`, {
      repair: 'choose another name for forge.repository in apps/platform.ts, or delete that repository',
    });
  }
  if (default_branch !== branch) await api.ask('PATCH', at(inputs), [200], { default_branch: branch });
}

/** A private, empty repository: its history comes with the first delivery, complete with what is rendered from it. */
export const forgeRepository: ResourceType<ForgeRepositoryInputs> = {
  replaceOn: ['organization', 'repository'],

  async create(inputs, operation) {
    await ensure(inputs, operation);
    return { id: `${inputs.organization}/${inputs.repository}`, outputs: {} };
  },

  async read(_id, state, operation) {
    const { status, body } = await forgeApi(state, operation).ask('GET', at(state), [200, 404]);
    if (status !== 200) return undefined;
    return state.adopt ? state : { ...state, branch: (body as GiteaRepository).default_branch };
  },

  async update(_id, _state, inputs, operation) {
    await ensure(inputs, operation);
    return {};
  },

  async delete(_id, state, operation) {
    await forgeApi(state, operation).ask('DELETE', at(state), [204, 404]);
  },
};
