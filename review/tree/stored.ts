import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { releaseFile } from '../../manifests/layout';
import type { ObjectIdentity, Place } from '../model';
import type { DistObject, YamlMap } from './object';
import { emittedIdentity, placeOf, readLater, type FileObjects } from './read-file';

/** Files that are larger are read in full, as are those whose object does not tell its name within the first part. */
const glance = 64 * 2 ** 10;
const start = 2 ** 10;
const none: FileObjects = { objects: [], findings: [] };

const documentMarks = ['\n---', '\n...'].map((mark) => Buffer.from(mark));
const replacement = Buffer.from('\ufffd');

/** An object whose text stays on disk until somebody asks for it, which for most of a large tree nobody does. */
class StoredObject implements DistObject {
  private content: string | undefined;
  private read: YamlMap | undefined;

  constructor(
    readonly identity: ObjectIdentity,
    readonly place: Place,
    private readonly folder: string,
  ) {}

  get text(): string {
    return (this.content ??= this.load());
  }

  get manifest(): YamlMap {
    return (this.read ??= readLater(this.text));
  }

  private load(): string {
    try {
      return readFileSync(join(this.folder, this.place.file), 'utf8');
    } catch {
      // it went while it was reviewed
      return '';
    }
  }
}

/** Looks at the files of a folder that are there, are the same on both sides, and so need no thorough reading. */
export class Glance {
  private readonly buffer = Buffer.allocUnsafe(glance);

  constructor(private readonly folder: string) {}

  /** What a file holds where it starts as our own emitter writes it; undefined where it has to be read in full. */
  at(path: string): FileObjects | undefined {
    if (path.endsWith(`/${releaseFile}`)) return none;
    if (!path.endsWith('.yaml')) return undefined;
    const length = this.load(path);
    if (length === undefined || length === glance) return undefined;
    const bytes = this.buffer.subarray(0, length);
    if (bytes.includes(0) || !isUtf8(bytes) || bytes.includes(replacement)) return undefined;
    if (documentMarks.some((mark) => bytes.includes(mark))) return undefined;
    const shown = Math.min(length, start);
    const identity = emittedIdentity(bytes.toString('latin1', 0, shown), shown === length);
    return identity && { objects: [new StoredObject(identity, placeOf(path), this.folder)], findings: [] };
  }

  private load(path: string): number | undefined {
    let file: number | undefined;
    try {
      file = openSync(`${this.folder}/${path}`, 'r');
      return readSync(file, this.buffer, 0, glance, 0);
    } catch {
      // told by who reads it in full
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
