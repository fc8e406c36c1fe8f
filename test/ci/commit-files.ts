import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { git } from '../delivery/workbench';

/** Commits files to a work tree. @returns the commit */
export function commitFiles(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'Change');
  return git(folder, 'rev-parse', 'HEAD');
}
