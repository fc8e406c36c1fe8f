import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { UserError } from '../../core/errors';

/** The IP address behind an address, for programs that take nothing else. @throws UserError where it has none */
export async function addressToIp(address: string): Promise<string> {
  if (isIP(address) !== 0) return address;
  try {
    return (await lookup(address, { family: 4 })).address;
  } catch (error) {
    throw new UserError(`the address of the ingress, ${address}, does not resolve`, {
      details: [(error as Error).message],
      repair: 'wait a minute where a load balancer was just made, then run the same command again',
      cause: error,
    });
  }
}
