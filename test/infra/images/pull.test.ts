import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pullImage } from '../../../infra/supply/images/pull';
import { Digests } from '../../../infra/supply/store/digests';
import { command, removeFolders, scratch } from './support';

afterAll(removeFolders);

const one = `sha256:${'1'.repeat(64)}`;
const two = `sha256:${'2'.repeat(64)}`;

/** crane that answers with the given digests in turn, the last one for ever. */
function crane(...digests: readonly string[]): string {
  const folder = scratch();
  const answers = digests.map((digest, index) => `${index}) echo ${digest};;`).join(' ');
  return command(
    folder,
    'crane',
    `if [ "$1" = pull ]; then for last; do :; done; echo "$3 $4" >"$last"; exit 0; fi
at=$(cat ${folder}/at 2>/dev/null || echo 0); echo $((at + 1)) >${folder}/at
case $at in ${answers} *) echo ${digests.at(-1)};; esac`,
  );
}

function setting(crane_: string) {
  const cache = scratch();
  const digests = new Digests(cache);
  return { cache, file: path.join(cache, 'image.tar'), crane: crane_, check: digests.check.bind(digests) };
}

test('the digest of the first pull is recorded, and a pull of something else is refused later', async () => {
  const { cache, file, check, crane: first } = setting(crane(one));
  expect(await pullImage('example.org/a:1', file, { crane: first, check })).toBe(one);
  expect(readFileSync(file, 'utf8')).toContain('example.org/a:1');
  const other = path.join(cache, 'again.tar');
  await expect(pullImage('example.org/a:1', other, { crane: crane(two), check })).rejects.toThrow(
    'image example.org/a:1 is not what it was',
  );
  expect(existsSync(other)).toBe(false);
  await expect(pullImage('example.org/a:1', other, { crane: crane(one), check })).resolves.toBe(one);
});

test('a pinned digest is compared before anything is pulled', async () => {
  const { file, check, crane: tool } = setting(crane(two));
  await expect(pullImage('example.org/a:1', file, { crane: tool, check, pinned: one })).rejects.toMatchObject({
    message: 'example.org/a:1 is not what was pinned',
    details: [`pinned: ${one}`, `now:    ${two}`],
  });
  expect(existsSync(file)).toBe(false);
});

test('an image that changes while it is pulled is not kept', async () => {
  const { file, check, crane: tool } = setting(crane(one, two));
  await expect(pullImage('example.org/a:1', file, { crane: tool, check })).rejects.toThrow(
    'changed while it was pulled',
  );
  expect(existsSync(file)).toBe(false);
});
