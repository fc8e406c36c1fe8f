import type { Finding } from '../model';
import { mapsAt, textAt } from '../tree/access';
import type { DistTree } from '../tree/dist-tree';
import { keyOf, nameOf, type DistObject } from '../tree/object';
import { effectOf, effectOn, listed, type EffectInput } from './rule';

interface Route {
  readonly host: string;
  readonly path: string;
  readonly service: string;
}

function routesOf({ manifest }: DistObject): Route[] {
  return mapsAt(manifest, 'spec', 'rules').flatMap((rule) =>
    mapsAt(rule, 'http', 'paths').map((path) => ({
      host: textAt(rule, 'host') ?? '*',
      // a slash at the end means the same to a controller that matches by prefix
      path: (textAt(path, 'path') ?? '/').replace(/(.)\/$/, '$1'),
      service: textAt(path, 'backend', 'service', 'name') ?? '',
    })),
  );
}

function classOf({ manifest }: DistObject): string {
  return textAt(manifest, 'spec', 'ingressClassName') ?? '';
}

/** Host and path that two Ingresses of one class claim: which of them answers is the controller's choice. */
export function* ingressConflicts({ base, head, differences }: EffectInput): Generator<Finding> {
  const touched = differences.flatMap(({ after }) => (after?.identity.kind === 'Ingress' ? [after] : []));
  const told = new Set<string>();
  for (const ingress of touched) {
    for (const { host, path } of routesOf(ingress)) {
      const rivals = rivalsOf(ingress, host, path, head);
      if (rivals.length === 0 || wasSo(ingress, host, path, base)) continue;
      const names = [ingress, ...rivals].map(({ identity }) => nameOf(identity)).sort();
      const key = `${host}${path} ${names.join(' ')}`;
      if (told.has(key)) continue;
      told.add(key);
      yield effectOn(ingress, {
        rule: 'host-and-path-taken-twice',
        severity: 'error',
        message: `${host}${path} is claimed twice`,
        reason: `${listed(names)} claim it, and the controller lets one of them answer`,
        repair: 'give one of them another host or path',
        discriminator: `${host}${path}`,
      });
    }
  }
}

function rivalsOf(ingress: DistObject, host: string, path: string, tree: DistTree): DistObject[] {
  const key = keyOf(ingress.identity);
  return tree.ofKind('Ingress').filter(
    (other) =>
      // most of a large tree need not be read further
      (host === '*' || other.text.includes(host)) &&
      keyOf(other.identity) !== key &&
      classOf(other) === classOf(ingress) &&
      routesOf(other).some((route) => route.host === host && route.path === path),
  );
}

function wasSo(ingress: DistObject, host: string, path: string, base: DistTree): boolean {
  const then = base.get(keyOf(ingress.identity));
  return (
    then !== undefined &&
    routesOf(then).some((route) => route.host === host && route.path === path) &&
    rivalsOf(then, host, path, base).length > 0
  );
}

/** Hosts and paths at which something answers from outside for the first time, or no longer does. */
export function* reachability({ differences }: EffectInput): Generator<Finding> {
  for (const difference of differences) {
    const { before, after } = difference;
    if ((after ?? before)!.identity.kind !== 'Ingress') continue;
    const [then, now] = [before, after].map(
      (object) => new Set(object === undefined ? [] : routesOf(object).map(({ host, path }) => host + path)),
    );
    const opened = [...now!].filter((route) => !then!.has(route));
    const closed = [...then!].filter((route) => !now!.has(route));
    if (opened.length > 0) {
      yield effectOf(difference, {
        rule: 'reachable-from-outside',
        severity: 'info',
        message: `${listed(opened)} ${opened.length === 1 ? 'answers' : 'answer'} from outside`,
        reason: 'the Ingress has a rule for it that was not there before',
      });
    }
    if (closed.length > 0 && after !== undefined) {
      yield effectOf(difference, {
        rule: 'no-longer-reachable',
        severity: 'warning',
        message: `${listed(closed)} no longer ${closed.length === 1 ? 'answers' : 'answer'}`,
        reason: 'the Ingress has no rule for it any more',
        repair: 'keep the old rule beside the new one until nobody asks for it',
      });
    }
  }
}
