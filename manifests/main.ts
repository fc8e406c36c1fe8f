import { rmSync } from 'node:fs';
import path from 'node:path';
import { loadCatalog } from '../apps/load';
import { describeError } from '../core/errors';
import { projectRoot } from '../core/paths';
import { distFolder } from './dist';
import { renderCatalog } from './render';
import { synthesize } from './synth';
import { readTree, writeTree, type Tree } from './tree';

/**
 * The program that the cdk8s CLI runs. The CLI has emptied its output folder before, so the result goes into `dist/`
 * first and from there as a copy to where the CLI looks for what it prints. With another output folder or `--stdout`
 * only that is written and `dist/` is left alone.
 */
async function main(): Promise<void> {
  const scratch = path.join(projectRoot, '.cdk8s-out');
  const output = path.resolve(process.env['CDK8S_OUTDIR'] ?? scratch);
  if (output !== scratch) {
    writeTree(output, renderCatalog(await loadCatalog(projectRoot)));
    return;
  }
  const { written, removed, unchanged } = await synthesize({
    root: projectRoot,
    onWait: ({ pid, purpose }) => process.stderr.write(`waiting for process ${pid} to end its ${purpose}\n`),
  });
  rmSync(scratch, { recursive: true, force: true });
  // what was just rendered, all of it files; many times as fast as a recursive copy
  writeTree(scratch, readTree(distFolder(projectRoot)) as Tree);
  process.stderr.write(`dist: ${written.length} written, ${removed.length} removed, ${unchanged} unchanged\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
});
