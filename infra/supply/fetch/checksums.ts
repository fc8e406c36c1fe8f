/**
 * The sha256 of `fileName` in a checksum file as releases publish it: one digest alone, or lines of digest and name
 * (`<digest>  <name>`, with `*` or `./` before the name).
 *
 * @returns undefined where the file says nothing about that name
 */
export function findChecksum(text: string, fileName: string): string | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 1 && /^[0-9a-fA-F]{64}$/.test(lines[0]!)) return lines[0]!.toLowerCase();
  for (const line of lines) {
    const [, digest, name] = /^([0-9a-fA-F]{64})\s+\*?(?:\.\/)?(\S+)$/.exec(line) ?? [];
    if (digest !== undefined && name === fileName) return digest.toLowerCase();
  }
  return undefined;
}
