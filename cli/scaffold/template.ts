import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';

const folder = path.join(__dirname, 'service');
const SUFFIX = '.template';

/**
 * The code of a new service: the files of `service/`, with `{{name}}` and `{{port}}` filled in. The suffix keeps them from
 * being taken for code of the project.
 *
 * @returns content by path, relative to the service's folder
 */
export async function fillTemplate(
  values: Readonly<Record<'name' | 'port', string>>,
): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(SUFFIX)).toSorted();
  if (names.length === 0) throw new UserError(`${folder} holds no template`, { repair: 'git checkout cli/scaffold' });
  const fill = (text: string): string =>
    text.replaceAll(/\{\{(name|port)\}\}/g, (_match, name: 'name' | 'port') => values[name]);
  const files = names.map(async (name) => {
    const content = await readFile(path.join(folder, name), 'utf8');
    return [name.slice(0, -SUFFIX.length), fill(content)] as const;
  });
  return new Map(await Promise.all(files));
}
