import { lstat, mkdir, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../core/files';
import { projectRoot } from '../../core/paths';
import { tools, type PluginName, type ToolName } from '../../infra/versions';
import type { StateFiles } from './project';

/** Tools that run on this machine, under the names that others look for on PATH. */
export const hostTools = (Object.keys(tools) as ToolName[]).filter((name) => tools[name].runs === 'host');

/** A command that waits until the supply has the tool and becomes it. */
function shim(name: ToolName): string {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    '#!/bin/sh',
    '# waits until the supply has the tool, so that its callers may start before it is built',
    `tool=$(${quote(process.execPath)} ${quote(path.join(projectRoot, 'cli/bin.js'))} supply path ${name}) && exec "$tool" "$@"`,
    '',
  ].join('\n');
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** Puts a command for every host tool into the project's folder of commands; those that are there stay. */
export async function ensureCommands(project: StateFiles): Promise<void> {
  await mkdir(project.bin, { recursive: true, mode: 0o700 });
  for (const name of hostTools) {
    const file = path.join(project.bin, name);
    if (!(await isThere(file))) await writeFileAtomic(file, shim(name), 0o755);
  }
}

/** Lets a command be the tool itself, without the wait, now that it is there. */
export async function linkCommand(project: StateFiles, name: ToolName | PluginName, tool: string): Promise<string> {
  const file = path.join(project.bin, name);
  if ((await readlink(file).catch(() => undefined)) !== tool) {
    await mkdir(project.bin, { recursive: true, mode: 0o700 });
    await rm(file, { force: true });
    await symlink(tool, file);
  }
  return file;
}

/** PATH with the platform's own commands first. */
export function searchPath(project: StateFiles): string {
  return [project.bin, process.env['PATH']].filter(Boolean).join(path.delimiter);
}
