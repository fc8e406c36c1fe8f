import { managedMark } from '../forge/connection';
import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

/** `write:repository`, for instance. @see https://docs.gitea.com/development/oauth2-provider#scopes */
export type TokenScope = `${'read' | 'write'}:${'issue' | 'organization' | 'repository' | 'user'}`;

export interface ForgeTokenInputs extends ForgeInputs {
  readonly login: string;
  readonly scopes: readonly TokenScope[];
}

export interface ForgeTokenOutputs {
  readonly value: string;
  /** The forge's number of it; another token of that name has another. */
  readonly number: number;
}

interface GiteaToken {
  readonly id: number;
  readonly name: string;
  readonly sha1: string;
}

const at = ({ login }: Pick<ForgeTokenInputs, 'login'>): string => `/users/${login}/tokens`;

async function existing(inputs: ForgeTokenInputs, operation: Operation): Promise<readonly GiteaToken[]> {
  const { status, body } = await forgeApi(inputs, operation).ask('GET', `${at(inputs)}?limit=50`, [200, 404]);
  return status === 404 ? [] : (body as GiteaToken[]);
}

async function draw(inputs: ForgeTokenInputs, operation: Operation): Promise<ForgeTokenOutputs> {
  const api = forgeApi(inputs, operation);
  // the forge tells a token once; one that an interrupted run made is of no use to anybody
  for (const token of await existing(inputs, operation)) {
    if (token.name === managedMark) await api.ask('DELETE', `${at(inputs)}/${token.id}`, [204, 404]);
  }
  const { body } = await api.ask('POST', at(inputs), [201], { name: managedMark, scopes: inputs.scopes });
  const { id, sha1 } = body as GiteaToken;
  return { value: sha1, number: id };
}

/** A token of a user of the forge for some of what the user may do. The forge keeps a hash of it alone. */
export const forgeToken: ResourceType<ForgeTokenInputs, ForgeTokenOutputs> = {
  replaceOn: ['login', 'scopes'],
  secretOutputs: ['value'],

  async create(inputs, operation) {
    return { id: inputs.login, outputs: await draw(inputs, operation) };
  },

  async read(_id, state, operation) {
    return (await existing(state, operation)).some(({ id }) => id === state.number) ? state : undefined;
  },

  // the way to the forge may change; only a new cluster has a new forge, which knows no token yet
  async update(_id, state, inputs, operation) {
    return state.cluster === inputs.cluster
      ? { value: state.value, number: state.number }
      : await draw(inputs, operation);
  },

  async delete(_id, state, operation) {
    await forgeApi(state, operation).ask('DELETE', `${at(state)}/${state.number}`, [204, 404]);
  },
};
