import { plugins, type PluginName } from '../../versions';
import { pluginId } from '../ids';
import { download, telling } from './published';
import type { Workshop } from './workshop';

/**
 * Puts a provider of the Pulumi engine into the store. It is only ever downloaded: whoever needs it speaks to the
 * service on the other side, which is not to be had offline either.
 *
 * @returns the entry's folder
 * @throws Unreachable where its release does not answer
 */
export function makePlugin(name: PluginName, workshop: Workshop): Promise<string> {
  const { release } = plugins[name];
  const wanted = { id: pluginId(name, workshop.settings), release, file: name };
  return download(name, wanted, workshop, telling(workshop, `plugin:${name}`, name));
}
