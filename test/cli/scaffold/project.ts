import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { synthesize } from '../../../manifests/synth';
import { change, validFiles } from '../../apps/files';
import { inProcess, type Result } from '../cli';

/** A project with the valid catalog, rendered, in a folder of its own. */
export class SmallProject {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'scaffold-'));

  /** @param values what differs from the valid catalog, by `<file>` or `<file> <field>` */
  static async create(values: Readonly<Record<string, unknown>> = {}): Promise<SmallProject> {
    const project = new SmallProject();
    const names: Readonly<Record<string, string>> = {
      'apps/platform.ts': 'platform',
      'apps/environments.ts': 'environments',
    };
    for (const [file, value] of Object.entries(change(validFiles(), values))) {
      // JSON is YAML too
      const json = JSON.stringify(value, undefined, 2);
      project.write(file, file.endsWith('.ts') ? `export const ${names[file] ?? 'service'} = ${json};\n` : json);
    }
    project.write('apps/define.ts', 'export const defineService = <T>(props: T): T => props;\n');
    await synthesize({ root: project.root });
    return project;
  }

  write(file: string, content: string): void {
    const absolute = path.join(this.root, file);
    mkdirSync(path.dirname(absolute), { recursive: true });
    writeFileSync(absolute, content);
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  /** Every file by its path, apart from the state. */
  files(below = ''): readonly string[] {
    return readdirSync(path.join(this.root, below), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(this.root, path.join(entry.parentPath, entry.name)))
      .filter((file) => !file.startsWith('.slipway/'))
      .toSorted();
  }

  /** The content of every file, to see that none changed. */
  snapshot(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.files().map((file) => [file, this.read(file)]));
  }

  slipway(...args: string[]): Promise<Result> {
    return inProcess(args, { root: this.root });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
