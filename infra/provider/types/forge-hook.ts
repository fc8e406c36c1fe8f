import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

/** What a hook is told of; the forge's own names. Those of pull requests include labels, reviews and pushes to them. */
export type HookEvent = 'create' | 'delete' | 'pull_request' | 'push' | 'release' | 'repository';

export interface ForgeHookInputs extends ForgeInputs {
  readonly organization: string;
  /** Where the events go: a URL as the forge reaches it. */
  readonly url: string;
  /** Every event is signed with it. */
  readonly secret: string;
  readonly events: readonly HookEvent[];
}

interface GiteaHook {
  readonly id: number;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly config: { readonly url?: string };
}

const at = ({ organization }: Pick<ForgeHookInputs, 'organization'>): string => `/orgs/${organization}/hooks`;

async function existing(inputs: ForgeHookInputs, operation: Operation): Promise<readonly GiteaHook[]> {
  const { status, body } = await forgeApi(inputs, operation).ask('GET', `${at(inputs)}?limit=50`, [200, 404]);
  return status === 404 ? [] : (body as GiteaHook[]).filter(({ config }) => config.url === inputs.url);
}

async function remove(inputs: ForgeHookInputs, operation: Operation): Promise<void> {
  for (const { id } of await existing(inputs, operation)) {
    await forgeApi(inputs, operation).ask('DELETE', `${at(inputs)}/${id}`, [204, 404]);
  }
}

/** The forge shows no secret and changes none, so a hook is made anew. */
async function ensure(inputs: ForgeHookInputs, operation: Operation): Promise<void> {
  await remove(inputs, operation);
  await forgeApi(inputs, operation).ask('POST', at(inputs), [201], {
    type: 'gitea',
    active: true,
    events: inputs.events,
    config: { url: inputs.url, content_type: 'json', secret: inputs.secret },
  });
}

/** Tells an address of what happens in any repository of an organisation. */
export const forgeHook: ResourceType<ForgeHookInputs> = {
  replaceOn: ['organization', 'url'],

  async create(inputs, operation) {
    await ensure(inputs, operation);
    return { id: `${inputs.organization} ${inputs.url}`, outputs: {} };
  },

  async read(_id, state, operation) {
    const [hook] = await existing(state, operation);
    if (hook === undefined || !hook.active) return undefined;
    // the forge adds those that belong to what was asked for
    return state.events.every((one) => hook.events.includes(one))
      ? state
      : { ...state, events: hook.events as HookEvent[] };
  },

  async update(_id, _state, inputs, operation) {
    await ensure(inputs, operation);
    return {};
  },

  delete: (_id, state, operation) => remove(state, operation),
};
