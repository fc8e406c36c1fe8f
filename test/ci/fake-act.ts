import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * A program in the place of act: it notes how it was called, and does what a line `# act: <command>` of the workflow says,
 * as a step of a real run would.
 */
export async function fakeAct(folder: string): Promise<{ readonly program: string; readonly calls: string }> {
  const program = path.join(folder, 'act');
  const calls = path.join(folder, 'calls.jsonl');
  await writeFile(
    program,
    `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const args = process.argv.slice(2);
const value = (name) => args[args.indexOf(name) + 1];
const read = (name) => readFileSync(value(name), 'utf8');
appendFileSync(${JSON.stringify(calls)}, JSON.stringify({
  args, folder: process.cwd(), environment: read('--env-file'), secrets: read('--secret-file'),
  variables: read('--var-file'), event: JSON.parse(read('--eventpath')),
}) + '\\n');
const command = /^# act: (.*)$/m.exec(read('--workflows'))?.[1] ?? 'true';
process.exit(spawnSync('bash', ['-c', command], { stdio: 'inherit' }).status ?? 1);
`,
  );
  await chmod(program, 0o755);
  return { program, calls };
}
