import type { Progress } from '../../core/progress';
import type { ClusterTool, ImageSource } from '../cluster';
import type { Engine } from '../engine';

/** What resource types need of the machine, handed in where the plugin is put together. */
export interface Surroundings {
  /** The project's state folder. */
  readonly stateFolder: string;
  /** The machine's container engine, made ready where it is not. */
  engine(progress: Progress): Promise<Engine>;
  /** Absolute path of a tool, made ready where it is not. */
  tool(name: ClusterTool | 'crane'): Promise<string>;
  /** Where the engine gets an image that runs outside the cluster. */
  engineImage(name: 'node' | 'registry'): Promise<ImageSource>;
  /** The path of a docker-archive of the image of that name, made ready where it is not. */
  imageArchive(reference: string): Promise<string>;
}
