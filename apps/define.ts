import type { EnvironmentName } from './environments';
import type { ServiceProps } from './model';

/** Types a service as it is written: a misspelt key or environment is refused by the editor. Checks nothing itself. */
export function defineService(props: ServiceProps<EnvironmentName>): ServiceProps {
  return props;
}
