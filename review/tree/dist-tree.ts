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
  /** By key, objects that are there more than once: all of them. */
  readonly repeated: ReadonlyMap<string, readonly DistObject[]>;
  private readonly byKey = new Map<string, DistObject>();
  private byKind: Map<string, Map<string | undefined, DistObject[]>> | undefined;
  private readonly ofKinds = new Map<string, readonly DistObject[]>();
  private readonly byName = new Map<readonly DistObject[], ReadonlyMap<string, DistObject>>();

  constructor({ side, objects, findings = [] }: DistTreeProps) {
    this.side = side;
    this.objects = objects;
    this.findings = findings;
    const repeated = new Map<string, DistObject[]>();
    for (const object of objects) {
      const key = keyOf(object.identity);
      const first = this.byKey.get(key);
      // of an object that is there twice the first counts; a finding says so
      if (first === undefined) this.byKey.set(key, object);
      else repeated.set(key, [...(repeated.get(key) ?? [first]), object]);
    }
    this.repeated = repeated;
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
    if (objects === undefined) this.ofKinds.set(kind, (objects = [...(this.kinds().get(kind)?.values() ?? [])].flat()));
    return objects;
  }

  /** The objects of a kind in one namespace. */
  within(kind: string, namespace: string | undefined): readonly DistObject[] {
    return this.kinds().get(kind)?.get(namespace) ?? [];
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

  private kinds(): ReadonlyMap<string, ReadonlyMap<string | undefined, readonly DistObject[]>> {
    if (this.byKind !== undefined) return this.byKind;
    this.byKind = new Map();
    for (const object of this.byKey.values()) {
      const { kind, namespace } = object.identity;
      let namespaces = this.byKind.get(kind);
      if (namespaces === undefined) this.byKind.set(kind, (namespaces = new Map<string | undefined, DistObject[]>()));
      const known = namespaces.get(namespace);
      if (known === undefined) namespaces.set(namespace, [object]);
      else known.push(object);
    }
    return this.byKind;
  }
}
