import type { ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

export interface ForgeAccessInputs extends ForgeInputs {
  readonly organization: string;
  readonly repository: string;
  readonly login: string;
  readonly permission: 'read' | 'write';
}

const at = (inputs: ForgeAccessInputs): string =>
  `/repos/${inputs.organization}/${inputs.repository}/collaborators/${inputs.login}`;

/** What a user may do in one repository. */
export const forgeAccess: ResourceType<ForgeAccessInputs> = {
  replaceOn: ['organization', 'repository', 'login'],

  async create(inputs, operation) {
    await forgeApi(inputs, operation).ask('PUT', at(inputs), [204], { permission: inputs.permission });
    return { id: `${inputs.organization}/${inputs.repository}/${inputs.login}`, outputs: {} };
  },

  async read(_id, state, operation) {
    const api = forgeApi(state, operation);
    if ((await api.ask('GET', at(state), [204, 404])).status === 404) return undefined;
    const { body } = await api.ask('GET', `${at(state)}/permission`, [200]);
    return { ...state, permission: (body as { permission: ForgeAccessInputs['permission'] }).permission };
  },

  async update(_id, _state, inputs, operation) {
    await forgeApi(inputs, operation).ask('PUT', at(inputs), [204], { permission: inputs.permission });
    return {};
  },

  async delete(_id, state, operation) {
    await forgeApi(state, operation).ask('DELETE', at(state), [204, 404]);
  },
};
