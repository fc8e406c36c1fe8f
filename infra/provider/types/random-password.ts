import { randomBytes } from 'node:crypto';
import type { ResourceType } from '../resource-type';

export interface RandomPasswordInputs {
  /** How many random bytes it is made of. */
  readonly bytes: number;
}

export interface RandomPasswordOutputs {
  /** base64url without padding: 43 characters for 32 bytes. */
  readonly value: string;
}

/** A value that is drawn once and kept in the state, encrypted. */
export const randomPassword: ResourceType<RandomPasswordInputs, RandomPasswordOutputs> = {
  replaceOn: ['bytes'],
  secretOutputs: ['value'],
  create: async ({ bytes }) => ({ id: 'drawn', outputs: { value: randomBytes(bytes).toString('base64url') } }),
};
