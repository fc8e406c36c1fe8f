import { UserError } from '../../../core/errors';
import type { ImageConfig } from './archive';

export interface Instruction {
  readonly keyword: string;
  readonly rest: string;
}

/** From one FROM to the next. */
export interface Stage {
  readonly base: string;
  readonly name?: string;
  readonly instructions: readonly Instruction[];
}

const substitute = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{?(\w+)\}?/g, (_match, name: string) => values[name] ?? '');

/** `NAME=default` of an ARG, with the value that is given for it. */
function argument(rest: string, given: Readonly<Record<string, string>>): readonly [string, string] {
  const [name, fallback = ''] = rest.split('=') as [string, string | undefined];
  return [name, given[name] ?? fallback.replace(/^"|"$/g, '')];
}

/** The stages of a Dockerfile. Comments go, continued lines are joined, bases are named by the defaults of arguments. */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\s*\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const stages: { base: string; name?: string; instructions: Instruction[] }[] = [];
  const values: Record<string, string> = {};
  for (const line of lines) {
    const [, word, rest] = /^(\S+)\s*(.*)$/.exec(line)!;
    const keyword = word!.toUpperCase();
    if (keyword === 'FROM') {
      const [base, , name] = substitute(rest!, values).split(/\s+/);
      stages.push({ base: base!, ...(name !== undefined && { name }), instructions: [] });
    } else if (stages.length > 0) {
      stages.at(-1)!.instructions.push({ keyword, rest: rest! });
    } else if (keyword === 'ARG') {
      const [name, value] = argument(rest!, {});
      values[name] = value;
    }
  }
  return stages;
}

/** What the last stage copies out of the one before it. */
export interface Copy {
  readonly sources: readonly string[];
  readonly target: string;
}

export interface LastStage {
  readonly base: string;
  readonly config: ImageConfig;
  readonly copies: readonly Copy[];
}

/** `key=value` pairs, quoted or not. */
function pairs(rest: string): readonly (readonly [string, string])[] {
  return [...rest.matchAll(/([\w./-]+)=(?:"([^"]*)"|(\S+))/g)].map((match) => [match[1]!, match[2] ?? match[3]!]);
}

const absolute = (folder: string, target: string): string =>
  new URL(target, `file://${folder.replace(/\/?$/, '/')}`).pathname;

function commandOf({ keyword, rest }: Instruction): readonly string[] {
  try {
    return JSON.parse(rest) as string[];
  } catch {
    throw new UserError(`${keyword} ${rest} is not a list of words`, {
      repair: `write it as ${keyword} ["program", "argument"]`,
    });
  }
}

/**
 * What the last stage of a Dockerfile makes of `base`'s configuration, without running anything.
 *
 * @param given values of build arguments; the Dockerfile's own defaults hold for the rest
 * @throws UserError where the stage does what takes a container engine, such as RUN
 */
export function readLastStage(text: string, base: ImageConfig, given: Readonly<Record<string, string>>): LastStage {
  const stage = parseDockerfile(text).at(-1);
  if (stage === undefined) throw new UserError('the Dockerfile has no FROM');
  const values: Record<string, string> = {};
  const env = new Map((base.Env ?? []).map((line) => [line.split('=')[0]!, line]));
  const labels: Record<string, string> = { ...base.Labels };
  const ports: Record<string, object> = { ...base.ExposedPorts };
  const copies: Copy[] = [];
  let { User, WorkingDir = '/', Cmd, Entrypoint } = base;
  for (const instruction of stage.instructions) {
    const rest = substitute(instruction.rest, values);
    const from = /^--from=\S+\s+(.*)$/.exec(rest)?.[1]?.split(/\s+/);
    if (instruction.keyword === 'ARG') {
      const [name, value] = argument(rest, given);
      values[name] = value;
    } else if (instruction.keyword === 'ENV') for (const [key, value] of pairs(rest)) env.set(key, `${key}=${value}`);
    else if (instruction.keyword === 'LABEL') Object.assign(labels, Object.fromEntries(pairs(rest)));
    else if (instruction.keyword === 'WORKDIR') WorkingDir = absolute(WorkingDir, rest).replace(/(.)\/$/, '$1');
    else if (instruction.keyword === 'USER') User = rest;
    else if (instruction.keyword === 'EXPOSE') {
      for (const port of rest.split(/\s+/)) ports[port.includes('/') ? port : `${port}/tcp`] = {};
    } else if (instruction.keyword === 'CMD') Cmd = commandOf(instruction);
    else if (instruction.keyword === 'ENTRYPOINT') Entrypoint = commandOf(instruction);
    else if (instruction.keyword === 'COPY' && from !== undefined && from.length > 1) {
      copies.push({ sources: from.slice(0, -1), target: absolute(WorkingDir, from.at(-1)!) });
    } else {
      throw new UserError(`"${instruction.keyword} ${rest}" in the last stage takes a container engine`, {
        repair: 'move it to the build stage and copy its result, or build where the base image can be pulled',
      });
    }
  }
  const config: ImageConfig = {
    ...base,
    ...(User !== undefined && { User }),
    ...(Cmd !== undefined && { Cmd }),
    ...(Entrypoint !== undefined && { Entrypoint }),
    Env: [...env.values()],
    WorkingDir,
    ...(Object.keys(ports).length > 0 && { ExposedPorts: ports }),
    Labels: labels,
  };
  return { base: stage.base, config, copies };
}

/** Where the first stage of a Dockerfile works: the folder that it builds in. @default '/' */
export function workFolder(text: string): string {
  const [stage] = parseDockerfile(text);
  return (stage?.instructions ?? [])
    .filter(({ keyword }) => keyword === 'WORKDIR')
    .reduce((folder, { rest }) => absolute(folder, rest), '/');
}
