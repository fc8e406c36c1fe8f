import type { Engine } from '../../infra/engine';
import type { Progress } from '../../core/progress';
import type { Surroundings } from '../../infra/provider/surroundings';
import type { Supply } from '../../infra/supply';
import { images } from '../../infra/versions';

export interface SurroundingsOptions {
  readonly stateFolder: string;
  /** Asked for at the first question. */
  readonly supply: () => Promise<Supply>;
  readonly engine: (progress: Progress) => Promise<Engine>;
}

/** What resource types need of this machine, out of its supply. */
export function createSurroundings({ stateFolder, supply, engine }: SurroundingsOptions): Surroundings {
  return {
    stateFolder,
    engine,
    tool: async (name) => (await supply()).tool(name),
    imageArchive: async (reference) => (await supply()).image(reference),
    async engineImage(name) {
      const { reference } = images[name];
      const source = await supply();
      const { mode } = await source.plan();
      // the engine itself pulls what can be pulled
      return mode === 'published' ? { reference } : { reference, archive: await source.image(reference) };
    },
  };
}
