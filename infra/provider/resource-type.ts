import type { Progress } from '../../core/progress';

/** What one operation of the engine hands to a resource type. */
export interface Operation {
  /** Ends when the operation takes too long, the user interrupts, or the engine is gone. */
  readonly signal: AbortSignal;
  /** Shown by the engine beside the resource. */
  readonly progress: Progress;
}

/** What a resource is found to be when the engine is about to leave it alone; what is gone is replaced. */
export type Presence = 'present' | 'changed' | 'gone';

/**
 * One type of resource that the plugin serves. Values come and go without the engine's marks. Every `create` may meet
 * what an interrupted one has left: it adopts what is its own and refuses what is not.
 */
export interface ResourceType<Inputs extends object = object, Outputs extends object = object> {
  /**
   * Inputs that are the identity: where one of them changes, a new resource is created and then the old one deleted, so
   * `delete` must be able to tell the two apart.
   */
  readonly replaceOn: readonly (keyof Inputs & string)[];
  /** Outputs that are encrypted in the state. @default none */
  readonly secretOutputs?: readonly (keyof Outputs & string)[];
  /** The most that one operation may take, in seconds. @default 300 */
  readonly timeoutSeconds?: number;
  /** A state that an earlier version recorded, as this one records it. @default every state is of this version */
  modernize?(state: Readonly<Record<string, unknown>>): Inputs & Outputs;
  create(inputs: Inputs, operation: Operation): Promise<{ readonly id: string; readonly outputs: Outputs }>;
  /** What is really there, or undefined where it is gone. @default what the state says */
  read?(id: string, state: Inputs & Outputs, operation: Operation): Promise<(Inputs & Outputs) | undefined>;
  /** A quick look on every run, so that a plain `up` repairs what was lost. @default 'present' */
  inspect?(id: string, state: Inputs & Outputs, operation: Operation): Promise<Presence>;
  /** @default every change replaces */
  update?(id: string, state: Inputs & Outputs, inputs: Inputs, operation: Operation): Promise<Outputs>;
  /** Removes what `create` made and nothing else; what is gone already is no error. @default nothing to remove */
  delete?(id: string, state: Inputs & Outputs, operation: Operation): Promise<void>;
}

/** Resource types by their name in `slipway:index:<name>`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each type has inputs and outputs of its own
export type ResourceTypes = Readonly<Record<string, ResourceType<any, any>>>;
