import { findChecksum } from '../../../infra/supply/fetch/checksums';

const one = 'a'.repeat(64);
const two = 'B'.repeat(64);

test.each([
  ['a digest alone', `${one}\n`, 'kubectl', one],
  ['a line with the name', `${one}  kind-linux-amd64\n`, 'kind-linux-amd64', one],
  ['many lines', `${one}  other.tar.gz\n${two}  tool.tar.gz\n`, 'tool.tar.gz', two.toLowerCase()],
  ['binary mode', `${one} *tool.tar.gz\n`, 'tool.tar.gz', one],
  ['a leading folder', `${one}  ./tool.tar.gz\n`, 'tool.tar.gz', one],
])('reads %s', (_what, text, name, digest) => {
  expect(findChecksum(text, name)).toBe(digest);
});

test.each([
  ['another name', `${one}  tool-arm64.tar.gz`, 'tool.tar.gz'],
  ['a weaker digest', `${'a'.repeat(40)}  tool.tar.gz`, 'tool.tar.gz'],
  ['a page that says not found', '<html>Not Found</html>', 'tool.tar.gz'],
  ['nothing', '', 'tool.tar.gz'],
])('finds nothing in %s', (_what, text, name) => {
  expect(findChecksum(text, name)).toBeUndefined();
});
