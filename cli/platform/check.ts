/** `handled`: `up` takes care of it. `warning`: works, with a reservation. `broken`: somebody has to repair it first. */
export type CheckState = 'ok' | 'handled' | 'warning' | 'broken';

export interface Check {
  readonly name: string;
  readonly state: CheckState;
  readonly finding: string;
  /** The command or edit that repairs it. */
  readonly repair?: string;
}

export const GIB = 1024 ** 3;
