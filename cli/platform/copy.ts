import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { isWebAddress } from '../../core/web-address';
import type { Actor } from '../../delivery/change';
import { Repository, type Remote } from '../../delivery/git';
import { openDiscussion, openForge, type Discussion, type Forge, type ForgeConnection } from '../../forge';
import { githubApiUrl } from '../../infra/github/api';
import type { CommandContext } from '../context';
import { urlOf } from './addresses';
import { forgeRemote } from './forge';
import { createKubectl } from './kubectl';
import type { Project } from './project';
import { refresh } from './wait';

/** The platform's repository, and its forge where that has pull requests. */
export interface PlatformCopy {
  readonly remote: Remote;
  /** @throws UserError where there is none to ask */
  forge(): Forge;
  /** @throws UserError where there is none to ask */
  discussion(): Discussion;
  /** Lets Argo CD look at once. @default nothing: the forge tells it */
  readonly announce?: () => Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked of the forge's API. */
function speaking(
  project: Project,
  connection: ForgeConnection,
  { signal }: Pick<CommandContext, 'signal'>,
): Pick<PlatformCopy, 'forge' | 'discussion'> {
  const { organization: owner, repository: name } = project.catalog.platform.forge;
  return {
    forge: () => openForge(connection, { owner, name }, { signal }),
    discussion: () => openDiscussion(connection, { owner, name }, { signal }),
  };
}

/** A forge that CI reaches by a token. */
function byToken(project: Project, context: CommandContext, token: string, environment: Environment): PlatformCopy {
  const { forge } = project.catalog.platform;
  const github = forge.type === 'github';
  const reached =
    environment['SLIPWAY_FORGE_URL'] || (github ? 'https://github.com' : urlOf(forge.host, project.settings));
  if (!isWebAddress(reached)) {
    throw new UserError(`SLIPWAY_FORGE_URL is no address: "${reached}"`, {
      repair: 'write it as a browser opens it, such as http://git.offerfit.local:8080, or unset it',
    });
  }
  const base = reached.replace(/\/+$/, '');
  // names of a platform on one machine are known to no DNS
  const here = `${forge.host}:${project.settings.httpPort}:127.0.0.1`;
  const resolve =
    environment['SLIPWAY_FORGE_RESOLVE'] || (github || environment['SLIPWAY_FORGE_URL'] ? undefined : here);
  if (resolve !== undefined && !/^[^:]+:\d+:.+$/.test(resolve)) {
    throw new UserError(`SLIPWAY_FORGE_RESOLVE is not <host>:<port>:<address>: "${resolve}"`, {
      repair: 'write it as curl takes it, such as git.offerfit.local:8080:127.0.0.1, or unset it',
    });
  }
  return {
    remote: {
      url: `${base}/${forge.organization}/${forge.repository}.git`,
      branch: forge.branch,
      credentials: { username: environment['SLIPWAY_FORGE_USER'] || 'slipway', password: token },
      ...(resolve && { resolve }),
    },
    ...speaking(
      project,
      {
        type: github ? 'github' : 'gitea',
        api: !github ? `${base}/api/v1` : base === 'https://github.com' ? 'https://api.github.com' : `${base}/api/v3`,
        credentials: { token },
        ...(resolve && { resolve }),
      },
      context,
    ),
  };
}

/** The forge of the platform that runs on this machine, with its administrator's password; on GitHub the user's own. */
async function ofThisMachine(project: Project, context: CommandContext): Promise<PlatformCopy> {
  const kubectl = createKubectl(project, context.signal);
  const remote = await forgeRemote(project, kubectl, context.signal);
  const github = project.catalog.platform.forge.type === 'github';
  return {
    remote,
    announce: () => refresh(kubectl),
    ...speaking(
      project,
      {
        type: github ? 'github' : 'gitea',
        api: github ? githubApiUrl : `${new URL(remote.url).origin}/api/v1`,
        credentials: github ? { token: remote.credentials!.password } : remote.credentials!,
        ...(remote.resolve && { resolve: remote.resolve }),
      },
      context,
    ),
  };
}

/**
 * Where the platform's repository is: as the command line says, else the catalog's forge with CI's token, else the platform
 * of this machine.
 *
 * @throws UserError where none of them is there
 */
export async function openCopy(
  project: Project,
  context: CommandContext,
  given: { readonly remote?: string } = {},
  environment: Environment = process.env,
): Promise<PlatformCopy> {
  const { branch, type } = project.catalog.platform.forge;
  if (given.remote !== undefined) {
    const { remote: url } = given;
    const refuse = (): never => {
      throw new UserError(`${url} is given as a plain Git repository, which has no pull requests`, {
        repair: 'leave out --remote, and let SLIPWAY_FORGE_TOKEN hold a token of the forge',
      });
    };
    return {
      remote: { url: /^[a-z+]+:\/\/|^[^/]+@[^/]+:/i.test(url) ? url : path.resolve(url), branch },
      forge: refuse,
      discussion: refuse,
    };
  }
  const token = environment['SLIPWAY_FORGE_TOKEN'] || (type === 'github' ? environment['GITHUB_TOKEN'] : undefined);
  if (token) return byToken(project, context, token, environment);
  if (type === 'github') {
    throw new UserError("there is no token for the platform's repository", {
      repair: 'let SLIPWAY_FORGE_TOKEN hold one that may write contents and pull requests',
    });
  }
  return ofThisMachine(project, context);
}

/** Who asks for a change: CI says it, else Git's own setting. */
export async function readActor(root: string, environment: Environment = process.env): Promise<Actor> {
  const said = environment['SLIPWAY_ACTOR'] || environment['GITHUB_ACTOR'];
  if (said) return { name: said.slice(0, 100) };
  const { stdout } = await new Repository(root).try(['config', '--get', 'user.name']);
  return { name: stdout.trim() || os.userInfo().username };
}
