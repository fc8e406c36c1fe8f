import { synthesize } from '../../manifests/synth';
import type { CommandContext } from '../context';

export interface SynthFlags {
  readonly check?: boolean;
  readonly json?: boolean;
}

export async function synth({ root, out, progress }: CommandContext, flags: SynthFlags): Promise<void> {
  const change = await synthesize({ root, check: flags.check === true });
  if (flags.json) {
    out(JSON.stringify(change, null, 2));
    return;
  }
  for (const file of change.written) out(`dist/${file}`);
  for (const file of change.removed) out(`dist/${file} (removed)`);
  const { written, removed, unchanged } = change;
  progress.say(
    flags.check
      ? `dist/ is what the catalog renders: ${unchanged} files`
      : `dist/: ${written.length} written, ${removed.length} removed, ${unchanged} unchanged`,
  );
}
