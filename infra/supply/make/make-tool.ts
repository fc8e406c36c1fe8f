import { chmod, stat } from 'node:fs/promises';
import path from 'node:path';
import { tools, type Release, type Tool, type ToolName } from '../../versions';
import { takeBinary, withRelease } from '../fetch/release';
import { Unreachable } from '../fetch/retry';
import { toolId } from '../ids';
import { sha256OfFile, type EntryRecord } from '../store/store';
import type { Workshop } from './workshop';

/** What an entry's record says about its main file. */
export async function describeFile(
  folder: string,
  file: string,
): Promise<Pick<EntryRecord, 'file' | 'bytes' | 'sha256'>> {
  const full = path.join(folder, file);
  return { file, bytes: (await stat(full)).size, sha256: await sha256OfFile(full) };
}

/**
 * Puts a tool into the store: downloaded where its release answers, else compiled from its pinned Go module. A download
 * whose content is wrong is an error; it is never made good by compiling, since somebody should look into it.
 *
 * @returns the entry's folder
 */
export async function makeTool(name: ToolName, workshop: Workshop): Promise<string> {
  const tool: Tool = tools[name];
  if (tool.release !== undefined && (await workshop.answers(tool.release.url))) {
    try {
      return await downloadTool(name, tool.release, workshop);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      workshop.settings.say(`${error.message}; compiling ${name} instead`);
    }
  }
  return compileTool(name, tool, workshop);
}

async function downloadTool(name: ToolName, release: Release, workshop: Workshop): Promise<string> {
  const { store, digests, settings } = workshop;
  const { signal, say } = settings;
  const options = {
    cache: settings.cache,
    platform: settings.platform,
    rewrite: settings.rewrite,
    patience: settings.patience,
    digests,
    ...(signal && { signal }),
    onRetry: (reason: string, pauseMs: number) => say(`${name}: ${reason}; again in ${Math.ceil(pauseMs / 1000)} s`),
    onBytes: (bytes: number, total: number | undefined) =>
      workshop.tell(`tool:${name}`, total === undefined ? 0 : (0.95 * bytes) / total, `downloading ${name}`),
  };
  const id = await toolId(name, settings);
  const siblings = (Object.keys(tools) as ToolName[]).filter(
    (other) => (tools[other] as Tool).release?.url === release.url,
  );
  return withRelease(
    release,
    options,
    async () => (await store.find(id))?.folder,
    async (download, { url, sha256, first }) => {
      const seen = first ? 'recorded at this first download' : 'the same as at the first download';
      for (const sibling of siblings) {
        await store.put(await toolId(sibling, settings), async (folder) => {
          await takeBinary((tools[sibling] as Tool).release!, download, path.join(folder, sibling));
          return {
            obtained: url,
            ...(await describeFile(folder, sibling)),
            verifiedBy: `sha256 ${sha256} of the release's own checksum file, ${seen}`,
          };
        });
      }
      return store.folder(id);
    },
  );
}

async function compileTool(name: ToolName, tool: Tool, workshop: Workshop): Promise<string> {
  const { store, workspace, settings } = workshop;
  workshop.refuseBuild(`${name} ${tool.version}`);
  await workshop.readyToBuild([name]);
  const part = `tool:${name}`;
  return workshop.building(tool.build.group, async (group) =>
    store.put(await toolId(name, settings), async (folder) => {
      const file = path.join(folder, name);
      await workspace.compiling(`compiling ${name}`, settings.signal, () => {
        workshop.tell(part, 0, `compiling ${name}`);
        return group.compile(tool.build, file, (fraction, seconds) =>
          workshop.tell(part, fraction, `compiling ${name}`, seconds),
        );
      });
      await chmod(file, 0o755);
      return {
        obtained: `built from ${tool.build.package}`,
        ...(await describeFile(folder, name)),
        verifiedBy: `go.sum of group ${tool.build.group}`,
      };
    }),
  );
}
