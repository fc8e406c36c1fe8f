import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

export interface ForgeBranchProtectionInputs extends ForgeInputs {
  readonly organization: string;
  readonly repository: string;
  readonly branch: string;
  /** Logins that may push without a pull request; nobody may rewrite history. */
  readonly pushers: readonly string[];
  /** Statuses that a pull request needs; `*` stands for anything. */
  readonly requiredStatuses: readonly string[];
}

interface GiteaProtection {
  readonly push_whitelist_usernames: readonly string[] | null;
  readonly status_check_contexts: readonly string[] | null;
}

const all = ({ organization, repository }: ForgeBranchProtectionInputs): string =>
  `/repos/${organization}/${repository}/branch_protections`;
const one = (inputs: ForgeBranchProtectionInputs): string => `${all(inputs)}/${inputs.branch}`;

async function ensure(inputs: ForgeBranchProtectionInputs, operation: Operation): Promise<void> {
  const api = forgeApi(inputs, operation);
  const { branch, pushers, requiredStatuses } = inputs;
  const settings = {
    enable_push: true,
    enable_push_whitelist: true,
    push_whitelist_usernames: pushers,
    enable_force_push: false,
    enable_status_check: requiredStatuses.length > 0,
    status_check_contexts: requiredStatuses,
    block_on_rejected_reviews: true,
    dismiss_stale_approvals: true,
  };
  const found = await api.ask('GET', one(inputs), [200, 404]);
  if (found.status === 200) await api.ask('PATCH', one(inputs), [200], settings);
  else await api.ask('POST', all(inputs), [201], { branch_name: branch, rule_name: branch, ...settings });
}

/** A branch that changes by pull request alone, apart from those who may push to it; its history is never rewritten. */
export const forgeBranchProtection: ResourceType<ForgeBranchProtectionInputs> = {
  replaceOn: ['organization', 'repository', 'branch'],

  async create(inputs, operation) {
    await ensure(inputs, operation);
    return { id: `${inputs.organization}/${inputs.repository} ${inputs.branch}`, outputs: {} };
  },

  async read(_id, state, operation) {
    const { status, body } = await forgeApi(state, operation).ask('GET', one(state), [200, 404]);
    if (status === 404) return undefined;
    const { push_whitelist_usernames: pushers, status_check_contexts: statuses } = body as GiteaProtection;
    return { ...state, pushers: pushers ?? [], requiredStatuses: statuses ?? [] };
  },

  async update(_id, _state, inputs, operation) {
    await ensure(inputs, operation);
    return {};
  },

  async delete(_id, state, operation) {
    await forgeApi(state, operation).ask('DELETE', one(state), [204, 404]);
  },
};
