import { images } from '../../../versions';
import type { Recipe } from '../recipe';
import { argoCd } from './argo-cd';
import { coredns } from './coredns';
import { etcd } from './etcd';
import { gitea } from './gitea';
import { kubeApiserver } from './kube-apiserver';
import { kubeControllerManager } from './kube-controller-manager';
import { kubeProxy } from './kube-proxy';
import { kubeScheduler } from './kube-scheduler';
import { localPath } from './local-path';
import { localPathHelper } from './local-path-helper';
import { metricsServer } from './metrics-server';
import { pause } from './pause';
import { redis } from './redis';
import { registry } from './registry';
import { routeKeeper } from './route-keeper';
import { serviceBase } from './service-base';
import { traefik } from './traefik';

/** What every node has to have before anything can be pulled: packed into the node image. */
export const preloaded: readonly Recipe[] = [
  ...[pause, etcd, kubeApiserver, kubeControllerManager, kubeScheduler, kubeProxy, coredns],
  ...[routeKeeper, localPath, localPathHelper],
];

/** Every image that can be assembled, in the order in which a platform needs them; the node image has its own way. */
export const recipes: readonly Recipe[] = [
  ...preloaded,
  ...[registry, serviceBase, metricsServer, redis, argoCd, gitea, traefik],
];

/** The recipe of the image that upstream manifests call `reference`. */
export function recipeFor(reference: string): Recipe | undefined {
  return recipes.find((recipe) => images[recipe.image].reference === reference);
}
