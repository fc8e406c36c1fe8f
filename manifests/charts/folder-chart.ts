import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';

export interface FolderChartProps {
  /** Where its objects are written, relative to `dist/`. */
  readonly folder: string;
  /** Of every object without one of its own. @default none: for objects of the whole cluster */
  readonly namespace?: string;
}

/** Objects that are written to one folder. */
export class FolderChart extends Chart {
  readonly folder: string;

  constructor(scope: Construct, id: string, { folder, namespace }: FolderChartProps) {
    super(scope, id, { disableResourceNameHashes: true, ...(namespace !== undefined && { namespace }) });
    this.folder = folder;
  }
}
