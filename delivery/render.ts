import path from 'node:path';
import { CommandFailed, exec } from '../core/exec';
import { UserError } from '../core/errors';

/** Renders `dist/` of the tree in a folder. */
export type Renderer = (folder: string) => Promise<void>;

/**
 * Lets a tree render itself, in a process of its own: what is delivered is what its own code makes of its own catalog,
 * whatever lies uncommitted in the folder that this code runs from.
 *
 * @throws UserError with what the catalog's rules say
 */
export const renderTree: Renderer = async (folder) => {
  try {
    await exec(process.execPath, [path.join(folder, 'cli/bin.js'), 'synth'], { cwd: folder, timeoutMs: 300_000 });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError('the commits do not render; nothing was delivered', {
      details: error.details,
      repair: 'mend the catalog, check with `npm run synth`, commit and deliver again',
      cause: error,
    });
  }
};
