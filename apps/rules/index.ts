import {
  knownClusters,
  knownPromotions,
  noReservedNames,
  promotionWithoutCycles,
  uniqueEnvironments,
} from './environments';
import { reviewersOfEnvironments, secretsOfEnvironments } from './github';
import { currentExceptions, exceptionsOnce, knownExceptions } from './exceptions';
import {
  clustersOfOneKind,
  distinctPorts,
  nodesForEveryTier,
  nodesForSeveralArgoCds,
  productionIsToldTwice,
  workersHaveTiers,
} from './platform';
import { everyServiceHasLocks, imageOfTheService, noStrayLocks } from './releases';
import { repositoriesOfServices } from './repositories';
import type { Rule } from './rule';
import {
  atLeastOneService,
  knownCalls,
  knownEnvironments,
  nameIsTheFolder,
  noReservedVariables,
  noSecretVariables,
  requestsWithinLimits,
  uniqueApplications,
  uniqueHosts,
} from './services';

/** Rules that say nothing true where some of the services were not read. */
export const ofAllServices: ReadonlySet<Rule> = new Set([atLeastOneService, knownCalls, knownExceptions]);

/** Every rule that looks beyond a single value; those about single values are the shapes. */
export const rules: readonly Rule[] = [
  distinctPorts,
  workersHaveTiers,
  nodesForEveryTier,
  nodesForSeveralArgoCds,
  productionIsToldTwice,
  clustersOfOneKind,
  uniqueEnvironments,
  noReservedNames,
  knownPromotions,
  promotionWithoutCycles,
  knownClusters,
  atLeastOneService,
  nameIsTheFolder,
  knownCalls,
  knownEnvironments,
  requestsWithinLimits,
  uniqueApplications,
  uniqueHosts,
  noReservedVariables,
  noSecretVariables,
  everyServiceHasLocks,
  noStrayLocks,
  imageOfTheService,
  secretsOfEnvironments,
  repositoriesOfServices,
  reviewersOfEnvironments,
  knownExceptions,
  exceptionsOnce,
  currentExceptions,
];
