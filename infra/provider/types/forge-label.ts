import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

export interface ForgeLabelInputs extends ForgeInputs {
  readonly organization: string;
  readonly label: string;
  /** Six hexadecimal digits. */
  readonly color: string;
  readonly description: string;
}

interface GiteaLabel {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string;
}

const at = ({ organization }: Pick<ForgeLabelInputs, 'organization'>): string => `/orgs/${organization}/labels`;

async function find(inputs: ForgeLabelInputs, operation: Operation): Promise<GiteaLabel | undefined> {
  const { status, body } = await forgeApi(inputs, operation).ask('GET', `${at(inputs)}?limit=50`, [200, 404]);
  return status === 404 ? undefined : (body as GiteaLabel[]).find(({ name }) => name === inputs.label);
}

async function ensure(inputs: ForgeLabelInputs, operation: Operation): Promise<void> {
  const api = forgeApi(inputs, operation);
  const { label: name, color, description } = inputs;
  const settings = { name, color: `#${color}`, description };
  const found = await find(inputs, operation);
  if (found === undefined) await api.ask('POST', at(inputs), [201], settings);
  else await api.ask('PATCH', `${at(inputs)}/${found.id}`, [200], settings);
}

/** A label that any pull request of an organisation can carry. One of that name is taken over. */
export const forgeLabel: ResourceType<ForgeLabelInputs> = {
  replaceOn: ['organization', 'label'],

  async create(inputs, operation) {
    await ensure(inputs, operation);
    return { id: `${inputs.organization} ${inputs.label}`, outputs: {} };
  },

  async read(_id, state, operation) {
    const found = await find(state, operation);
    return found && { ...state, color: found.color.replace(/^#/, ''), description: found.description };
  },

  async update(_id, _state, inputs, operation) {
    await ensure(inputs, operation);
    return {};
  },

  async delete(_id, state, operation) {
    const found = await find(state, operation);
    if (found !== undefined) await forgeApi(state, operation).ask('DELETE', `${at(state)}/${found.id}`, [204, 404]);
  },
};
