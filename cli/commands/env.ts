import type { CommandContext } from '../context';
import { loadProject } from '../platform/project';
import { ensureBackend, pulumiEnvironment } from '../platform/pulumi';
import { writeSettings } from '../platform/settings';
import { ensureCommands } from '../platform/tools';

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Everything that a user's own `pulumi up` or `kubectl` needs, also before the first `up`. */
export async function env({ root, out }: CommandContext, flags: { readonly json?: boolean }): Promise<void> {
  const project = await loadProject(root);
  await ensureBackend(project);
  await ensureCommands(project);
  await writeSettings(root, project.settings);
  const variables = pulumiEnvironment(project);
  out(
    flags.json
      ? JSON.stringify(variables, null, 2)
      : Object.entries(variables)
          .map(([name, value]) => `export ${name}=${quote(value)}`)
          .join('\n'),
  );
}
