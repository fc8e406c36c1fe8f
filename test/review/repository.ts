import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../core/paths';

/** A Git repository with a project in it, to be spoilt. */
export class TestRepository {
  readonly root: string;
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'review-'));

  /** @param parts folders of this project that it starts with */
  constructor(parts: readonly string[] = ['apps', 'dist']) {
    this.root = path.join(this.folder, 'project');
    mkdirSync(this.root);
    for (const part of parts) {
      cpSync(path.join(projectRoot, part), path.join(this.root, part), {
        recursive: true,
        filter: (source) => !/\/(node_modules|build)$/.test(source),
      });
    }
    symlinkSync(path.join(projectRoot, 'node_modules'), path.join(this.root, 'node_modules'));
    this.git('init', '--quiet', '--initial-branch=main');
    writeFileSync(path.join(this.root, '.git/info/exclude'), 'node_modules\n');
    this.commit('Start');
  }

  git(...args: readonly string[]): string {
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid', '-c', 'commit.gpgSign=false'];
    return execFileSync('git', [...identity, ...args], { cwd: this.root, encoding: 'utf8' }).trim();
  }

  commit(message: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }

  write(file: string, content: string | Buffer): void {
    mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    writeFileSync(path.join(this.root, file), content);
  }

  link(file: string, target: string): void {
    symlinkSync(target, path.join(this.root, file));
  }

  delete(file: string): void {
    rmSync(path.join(this.root, file), { recursive: true });
  }

  /** A clone that has only the newest commit of `main`. */
  shallowClone(): string {
    const clone = path.join(this.folder, 'clone');
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${this.root}`, clone]);
    return clone;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
