import type { Finding, Side } from '../model';
import { keyOf, type DistObject } from './object';

export interface DistTreeProps {
  readonly side: Side;
  readonly objects: readonly DistObject[];
  /** Files that could not be read, and whatever else is wrong with the tree itself. */
  readonly findings?: readonly Finding[];
}

/** Every object of one side of a review. */
export class DistTree {
  readonly side: Side;
  /** In the order of their files. */
  readonly objects: readonly DistObject[];
  readonly findings: readonly Finding[];
  private readonly byKey = new Map<string, DistObject>();
  private readonly byKind = new Map<string, Map<string | undefined, DistObject[]>>();
  private readonly ofKinds = new Map<string, readonly DistObject[]>();
  private readonly byName = new Map<readonly DistObject[], ReadonlyMap<string, DistObject>>();

  constructor({ side, objects, findings = [] }: DistTreeProps) {
    this.side = side;
    this.objects = objects;
    this.findings = findings;
    for (const object of objects) {
      const { kind, namespace } = object.identity;
      const key = keyOf(object.identity);
      // of an object that is there twice the first counts; a finding says so
      if (this.byKey.has(key)) continue;
      this.byKey.set(key, object);
      let namespaces = this.byKind.get(kind);
      if (namespaces === undefined) this.byKind.set(kind, (namespaces = new Map<string | undefined, DistObject[]>()));
      const known = namespaces.get(namespace);
      if (known === undefined) namespaces.set(namespace, [object]);
      else known.push(object);
    }
  }

  /** The object of that group, kind, namespace and name. */
  get(key: string): DistObject | undefined {
    return this.byKey.get(key);
  }

  keys(): Iterable<string> {
    return this.byKey.keys();
  }

  /** Every object of a kind, in the order of namespaces and files. */
  ofKind(kind: string): readonly DistObject[] {
    let objects = this.ofKinds.get(kind);
    if (objects === undefined) this.ofKinds.set(kind, (objects = [...(this.byKind.get(kind)?.values() ?? [])].flat()));
    return objects;
  }

  /** The objects of a kind in one namespace. */
  within(kind: string, namespace: string | undefined): readonly DistObject[] {
    return this.byKind.get(kind)?.get(namespace) ?? [];
  }

  /** The object of a kind and name in one namespace, of whatever API group. */
  named(kind: string, namespace: string | undefined, name: string): DistObject | undefined {
    const objects = this.within(kind, namespace);
    let names = this.byName.get(objects);
    if (names === undefined) {
      // the first of them counts, and a map keeps the last
      names = new Map(objects.toReversed().map((object) => [object.identity.name, object]));
      this.byName.set(objects, names);
    }
    return names.get(name);
  }
}
