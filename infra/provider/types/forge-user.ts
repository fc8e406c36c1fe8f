import { UserError } from '../../../core/errors';
import { managedMark } from '../forge/connection';
import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

export interface ForgeUserInputs extends ForgeInputs {
  readonly login: string;
  readonly email: string;
  readonly password: string;
}

async function ensure(inputs: ForgeUserInputs, operation: Operation): Promise<void> {
  const api = forgeApi(inputs, operation);
  const { login, email, password } = inputs;
  const found = await api.ask('GET', `/users/${login}`, [200, 404]);
  if (found.status === 404) {
    await api.ask('POST', '/admin/users', [201], {
      username: login,
      email,
      password,
      full_name: managedMark,
      must_change_password: false,
      restricted: true,
      visibility: 'private',
    });
  } else if ((found.body as { full_name?: string }).full_name !== managedMark) {
    throw new UserError(`the forge has a user "${login}" that Slipway did not make`, {
      repair: 'delete or rename that user',
    });
  }
  await api.ask('PATCH', `/admin/users/${login}`, [200], {
    login_name: login,
    source_id: 0,
    email,
    password,
    must_change_password: false,
    restricted: true,
    max_repo_creation: 0,
    allow_create_organization: false,
  });
}

/** A user of the forge that sees only what it is given, cannot create anything and never changes its password itself. */
export const forgeUser: ResourceType<ForgeUserInputs> = {
  replaceOn: ['login'],

  async create(inputs, operation) {
    await ensure(inputs, operation);
    return { id: inputs.login, outputs: {} };
  },

  async read(id, state, operation) {
    const { status, body } = await forgeApi(state, operation).ask('GET', `/users/${id}`, [200, 404]);
    return status === 200 ? { ...state, email: (body as { email: string }).email } : undefined;
  },

  async update(_id, _state, inputs, operation) {
    await ensure(inputs, operation);
    return {};
  },

  async delete(id, state, operation) {
    await forgeApi(state, operation).ask('DELETE', `/admin/users/${id}?purge=true`, [204, 404]);
  },
};
