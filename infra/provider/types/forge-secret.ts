import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

export interface ForgeSecretInputs extends ForgeInputs {
  readonly organization: string;
  /** As workflows read it: `secrets.<name>`. */
  readonly name: string;
  readonly value: string;
}

const at = ({ organization, name }: ForgeSecretInputs): string => `/orgs/${organization}/actions/secrets/${name}`;

async function set(inputs: ForgeSecretInputs, operation: Operation): Promise<void> {
  await forgeApi(inputs, operation).ask('PUT', at(inputs), [201, 204], { data: inputs.value });
}

/** A secret of the workflows of every repository of an organisation. The forge never shows it again. */
export const forgeSecret: ResourceType<ForgeSecretInputs> = {
  replaceOn: ['organization', 'name'],

  async create(inputs, operation) {
    await set(inputs, operation);
    return { id: `${inputs.organization} ${inputs.name}`, outputs: {} };
  },

  async read(_id, state, operation) {
    const { organization, name } = state;
    const path = `/orgs/${organization}/actions/secrets?limit=50`;
    const { status, body } = await forgeApi(state, operation).ask('GET', path, [200, 404]);
    if (status === 404) return undefined;
    return (body as { name: string }[]).some((one) => one.name.toUpperCase() === name.toUpperCase())
      ? state
      : undefined;
  },

  async update(_id, _state, inputs, operation) {
    await set(inputs, operation);
    return {};
  },

  async delete(_id, state, operation) {
    await forgeApi(state, operation).ask('DELETE', at(state), [204, 404]);
  },
};
