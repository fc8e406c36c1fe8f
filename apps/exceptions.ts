import type { EnvironmentName } from './environments';
import type { PolicyExceptionProps } from './model';

/**
 * The one list of services that may break a policy for a while: which, where, why, who answers for it and until when.
 * An exception that has ended is a violation of the catalog, so none is forgotten.
 */
export const exceptions: readonly PolicyExceptionProps<EnvironmentName>[] = [];
