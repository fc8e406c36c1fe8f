import type { ImageName, ToolName } from '../../../versions';
import type { Part, Recipe } from '../recipe';

/** PATH of images that have a root file system, and of those that hold a single program. */
export const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A world-writable /tmp, which images of a single program would not have otherwise. */
export const temporaryFolder: Part = { path: 'tmp', folder: true, mode: 0o1777 };

/** An image of one static program at /usr/local/bin, which its user names as the command. */
export function program(image: ToolName & ImageName): Recipe {
  return {
    image,
    version: { tool: image },
    parts: [{ path: `usr/local/bin/${image}`, tool: image }, temporaryFolder],
    config: { Env: [PATH] },
  };
}
