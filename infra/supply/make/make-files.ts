import { moduleFiles, type ModuleFiles, type ModuleFilesName } from '../../versions';
import { filesId } from '../ids';
import type { Workshop } from './workshop';

/** Puts the chosen files of a Go module into the store. @returns the entry's folder */
export async function makeFiles(name: ModuleFilesName, workshop: Workshop): Promise<string> {
  const files: ModuleFiles = moduleFiles[name];
  workshop.refuseBuild(`an image that holds files of ${files.module}`);
  await workshop.readyToBuild([]);
  return workshop.building(files.group, (group) =>
    workshop.store.put(filesId(name), async (folder) => {
      workshop.tell(`files:${name}`, 0, `fetching files of ${name}`);
      await group.copyFiles(files, folder);
      return { obtained: `module ${files.module}`, verifiedBy: `go.sum of group ${files.group}` };
    }),
  );
}
