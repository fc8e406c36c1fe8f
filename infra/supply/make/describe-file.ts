import { stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256OfFile, type EntryRecord } from '../store/store';

/** What an entry's record says about its main file. */
export async function describeFile(
  folder: string,
  file: string,
): Promise<Pick<EntryRecord, 'file' | 'bytes' | 'sha256'>> {
  const full = path.join(folder, file);
  return { file, bytes: (await stat(full)).size, sha256: await sha256OfFile(full) };
}
