import { UserError } from '../../../core/errors';
import { managedMark } from '../forge/connection';
import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

export interface ForgeOrganizationInputs extends ForgeInputs {
  readonly organization: string;
}

async function ensure(inputs: ForgeOrganizationInputs, operation: Operation): Promise<void> {
  const api = forgeApi(inputs, operation);
  const { organization } = inputs;
  const found = await api.ask('GET', `/orgs/${organization}`, [200, 404]);
  if (found.status === 404) {
    await api.ask('POST', '/orgs', [201], { username: organization, description: managedMark, visibility: 'private' });
  } else if ((found.body as { description?: string }).description !== managedMark) {
    throw new UserError(`the forge has an organisation "${organization}" that Slipway did not make`, {
      repair: 'choose another name for forge.organization in apps/platform.ts, or delete that organisation',
    });
  }
}

/** An organisation of the forge, private to its members. */
export const forgeOrganization: ResourceType<ForgeOrganizationInputs> = {
  replaceOn: ['organization'],

  async create(inputs, operation) {
    await ensure(inputs, operation);
    return { id: inputs.organization, outputs: {} };
  },

  async read(id, state, operation) {
    const { status } = await forgeApi(state, operation).ask('GET', `/orgs/${id}`, [200, 404]);
    return status === 200 ? state : undefined;
  },

  async update(_id, _state, inputs, operation) {
    await ensure(inputs, operation);
    return {};
  },

  async delete(id, state, operation) {
    await forgeApi(state, operation).ask('DELETE', `/orgs/${id}`, [204, 404]);
  },
};
