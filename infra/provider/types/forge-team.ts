import { UserError } from '../../../core/errors';
import { managedMark } from '../forge/connection';
import type { Operation, ResourceType } from '../resource-type';
import { forgeApi, type ForgeInputs } from './forge';

/** A part of every repository, as the forge names it. */
export type RepositoryUnit = 'repo.code' | 'repo.issues' | 'repo.pulls';

export interface ForgeTeamInputs extends ForgeInputs {
  readonly organization: string;
  readonly team: string;
  /** What members may do in every repository of the organisation, also in those that are made later. */
  readonly units: Readonly<Partial<Record<RepositoryUnit, 'read' | 'write'>>>;
  /** Logins, all of them. */
  readonly members: readonly string[];
}

interface GiteaTeam {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly units_map: ForgeTeamInputs['units'];
}

type Place = Pick<ForgeTeamInputs, 'organization' | 'team'> & ForgeInputs;

async function find({ organization, team, ...inputs }: Place, operation: Operation): Promise<GiteaTeam | undefined> {
  const { status, body } = await forgeApi(inputs, operation).ask(
    'GET',
    `/orgs/${organization}/teams?limit=50`,
    [200, 404],
  );
  return status === 404 ? undefined : (body as GiteaTeam[]).find(({ name }) => name === team);
}

async function ensure(inputs: ForgeTeamInputs, operation: Operation): Promise<void> {
  const api = forgeApi(inputs, operation);
  const { organization, team, units, members } = inputs;
  const found = await find(inputs, operation);
  if (found !== undefined && found.description !== managedMark) {
    throw new UserError(`the forge has a team "${team}" that Slipway did not make`, {
      repair: 'delete or rename that team',
    });
  }
  const settings = {
    name: team,
    description: managedMark,
    permission: Object.values(units).includes('write') ? 'write' : 'read',
    units: Object.keys(units),
    units_map: units,
    includes_all_repositories: true,
    can_create_org_repo: false,
  };
  const { body } = found
    ? await api.ask('PATCH', `/teams/${found.id}`, [200], settings)
    : await api.ask('POST', `/orgs/${organization}/teams`, [201], settings);
  const at = `/teams/${(body as GiteaTeam).id}/members`;
  const present = await membersOf(at, inputs, operation);
  for (const login of members) if (!present.includes(login)) await api.ask('PUT', `${at}/${login}`, [204]);
  for (const login of present) if (!members.includes(login)) await api.ask('DELETE', `${at}/${login}`, [204]);
}

async function membersOf(at: string, inputs: ForgeInputs, operation: Operation): Promise<readonly string[]> {
  const { body } = await forgeApi(inputs, operation).ask('GET', `${at}?limit=50`, [200]);
  return (body as { login: string }[]).map(({ login }) => login).sort();
}

/** What some users may do in every repository of an organisation. */
export const forgeTeam: ResourceType<ForgeTeamInputs> = {
  replaceOn: ['organization', 'team'],

  async create(inputs, operation) {
    await ensure(inputs, operation);
    return { id: `${inputs.organization}/${inputs.team}`, outputs: {} };
  },

  async read(_id, state, operation) {
    const found = await find(state, operation);
    if (found === undefined) return undefined;
    const members = await membersOf(`/teams/${found.id}/members`, state, operation);
    return { ...state, units: found.units_map, members };
  },

  async update(_id, _state, inputs, operation) {
    await ensure(inputs, operation);
    return {};
  },

  async delete(_id, state, operation) {
    const found = await find(state, operation);
    if (found !== undefined) await forgeApi(state, operation).ask('DELETE', `/teams/${found.id}`, [204, 404]);
  },
};
