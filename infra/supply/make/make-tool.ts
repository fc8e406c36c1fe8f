import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { tools, type Release, type Tool, type ToolName } from '../../versions';
import { toolId } from '../ids';
import { describeFile } from './describe-file';
import { download, publishedOr, telling } from './published';
import type { Workshop } from './workshop';

/**
 * Puts a tool into the store: downloaded where its release answers, else compiled from its pinned Go module. A download
 * whose content is wrong is an error; it is never made good by compiling, since somebody should look into it.
 *
 * @returns the entry's folder
 */
export async function makeTool(name: ToolName, workshop: Workshop): Promise<string> {
  const tool: Tool = tools[name];
  const { release } = tool;
  const compile = (): Promise<string> => compileTool(name, tool, workshop);
  if (release === undefined || !(await workshop.answers(release.url))) return compile();
  return publishedOr(name, workshop, () => downloadTool(name, release, workshop), compile);
}

async function downloadTool(name: ToolName, release: Release, workshop: Workshop): Promise<string> {
  const { settings } = workshop;
  const siblings = (Object.keys(tools) as ToolName[]).filter(
    (other) => other !== name && (tools[other] as Tool).release?.url === release.url,
  );
  const published = async (file: ToolName) => ({
    id: await toolId(file, settings),
    release: (tools[file] as Tool).release!,
    file,
  });
  return download(
    name,
    await published(name),
    workshop,
    telling(workshop, `tool:${name}`, name),
    await Promise.all(siblings.map(published)),
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
