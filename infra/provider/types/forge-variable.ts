import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

export interface ForgeVariableInputs extends ForgeInputs {
  readonly organization: string;
  /** As workflows read it: `vars.<name>`. */
  readonly name: string;
  readonly value: string;
}

const at = ({ organization, name }: ForgeVariableInputs): string => `/orgs/${organization}/actions/variables/${name}`;

async function set(inputs: ForgeVariableInputs, operation: Operation): Promise<void> {
  const api = forgeApi(inputs, operation);
  const found = await api.ask('GET', at(inputs), [200, 404]);
  const { name, value } = inputs;
  if (found.status === 404) await api.ask('POST', at(inputs), [201, 204], { value });
  else await api.ask('PUT', at(inputs), [201, 204], { name, value });
}

/** A variable of the workflows of every repository of an organisation. */
export const forgeVariable: ResourceType<ForgeVariableInputs> = {
  replaceOn: ['organization', 'name'],

  async create(inputs, operation) {
    await set(inputs, operation);
    return { id: `${inputs.organization} ${inputs.name}`, outputs: {} };
  },

  async read(_id, state, operation) {
    const { status, body } = await forgeApi(state, operation).ask('GET', at(state), [200, 404]);
    return status === 404 ? undefined : { ...state, value: (body as { data: string }).data };
  },

  async update(_id, _state, inputs, operation) {
    await set(inputs, operation);
    return {};
  },

  async delete(_id, state, operation) {
    await forgeApi(state, operation).ask('DELETE', at(state), [204, 404]);
  },
};
