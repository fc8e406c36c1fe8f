type Body = Record<string, unknown>;
type Answer = readonly [number, unknown?];

/** What the API lists by number: hooks, labels, teams and tokens; and what it keeps by name. */
export class FakeGiteaLists {
  readonly hooks: Body[] = [];
  readonly labels: Body[] = [];
  readonly teams: Body[] = [];
  readonly tokens: Body[] = [];
  readonly protections = new Map<string, Body>();
  readonly secrets = new Map<string, string>();
  readonly variables = new Map<string, string>();
  readonly members = new Map<number, Set<string>>();
  private last = 0;

  /** Undefined where the path is none of these. */
  answer(method: string, path: string, body: Body): Answer | undefined {
    const parts = path.split('?')[0]!.split('/').slice(1);
    const [kind, owner, third, fourth, fifth] = parts;
    if (kind === 'teams') return this.team(method, Number(owner), third, fourth, body);
    if (kind === 'users' && third === 'tokens') {
      const drawn = { ...body, sha1: `token-${this.last + 1}` };
      return this.list(this.tokens, method, fourth, drawn, 'sha1');
    }
    if (kind === 'orgs' && third === 'hooks') return this.list(this.hooks, method, fourth, body, 'none');
    if (kind === 'orgs' && third === 'labels') return this.list(this.labels, method, fourth, body, 'none');
    if (kind === 'orgs' && third === 'teams') return this.list(this.teams, method, fourth, body, 'none');
    if (kind === 'orgs' && third === 'actions' && fourth === 'secrets') return this.secret(method, fifth, body);
    if (kind === 'orgs' && third === 'actions') return this.variable(method, fifth!, body);
    if (kind === 'repos' && fourth === 'branch_protections') return this.protection(method, fifth, body);
    return undefined;
  }

  /** @param onlyOnce a field that is told by POST and never again */
  private list(of: Body[], method: string, id: string | undefined, body: Body, onlyOnce: string): Answer {
    if (method === 'POST') {
      const made = { ...body, id: ++this.last };
      of.push(made);
      return [201, made];
    }
    if (id === undefined) return [200, of.map((one) => ({ ...one, [onlyOnce]: '' }))];
    const index = of.findIndex((one) => one['id'] === Number(id));
    if (index < 0) return [404, { message: 'not found' }];
    if (method === 'DELETE') return of.splice(index, 1).length > 0 ? [204] : [500];
    of[index] = { ...of[index], ...body };
    return [200, of[index]];
  }

  private team(method: string, id: number, list: string | undefined, login: string | undefined, body: Body): Answer {
    const members = this.members.get(id) ?? new Set();
    this.members.set(id, members);
    if (list === undefined) return this.list(this.teams, method, String(id), body, 'none');
    if (method === 'PUT') members.add(login!);
    if (method === 'DELETE') members.delete(login!);
    return method === 'GET' ? [200, [...members].map((one) => ({ login: one }))] : [204];
  }

  private protection(method: string, name: string | undefined, body: Body): Answer {
    const key = name ?? String(body['branch_name']);
    const found = this.protections.get(key);
    if (method === 'POST') {
      if (found !== undefined) return [403, { message: 'Branch protection already exist' }];
      this.protections.set(key, body);
      return [201, body];
    }
    if (found === undefined) return [404, { message: 'not found' }];
    if (method === 'DELETE') return this.protections.delete(key) ? [204] : [500];
    if (method === 'PATCH') this.protections.set(key, { ...found, ...body });
    return [200, this.protections.get(key)];
  }

  private secret(method: string, name: string | undefined, body: Body): Answer {
    if (name === undefined) return [200, [...this.secrets.keys()].map((one) => ({ name: one.toUpperCase() }))];
    if (method === 'DELETE') return this.secrets.delete(name) ? [204] : [404, { message: 'not found' }];
    const answer: Answer = [this.secrets.has(name) ? 204 : 201];
    this.secrets.set(name, String(body['data']));
    return answer;
  }

  private variable(method: string, name: string, body: Body): Answer {
    const found = this.variables.get(name);
    if (method === 'POST' && found !== undefined) return [409, { message: 'variable name already exists' }];
    if (method !== 'POST' && found === undefined) return [404, { message: 'not found' }];
    if (method === 'DELETE') return this.variables.delete(name) ? [204] : [500];
    if (method === 'GET') return [200, { name: name.toUpperCase(), data: found }];
    this.variables.set(name, String(body['value']));
    return [method === 'POST' ? 201 : 204];
  }
}
