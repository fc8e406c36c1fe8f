import type { GitReader } from '../tree/git';
import { projectAt, type ProjectAt } from './project-at';
import type { Traced, Untraceable } from './trace-project';
import { Tracer } from './tracer';

/** What the catalog of one side makes. */
export interface Rendering {
  /** The folder of the project that was rendered. */
  readonly root: string;
  readonly traced: Traced | Untraceable;
}

/** Renders the catalog of one side of a review; what that takes is loaded from the start, and gone at the end. */
export class Renderer {
  private readonly tracer = new Tracer();
  private project: ProjectAt | undefined;

  constructor(private readonly git: GitReader) {}

  /**
   * Makes the project of that side ready.
   *
   * @param commit @default the working tree
   */
  async open(commit?: string): Promise<void> {
    this.project = await projectAt(this.git, commit);
  }

  /** The answer is on its way when this returns. */
  async render(services: readonly string[]): Promise<Rendering> {
    const { root } = this.project!;
    return { root, traced: await this.tracer.trace({ root, services }) };
  }

  async end(): Promise<void> {
    this.tracer.end();
    await this.project?.remove();
  }
}
