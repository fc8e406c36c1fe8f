import { InvalidArgumentError } from 'commander';

/** A port on the command line. */
export function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535)
    throw new InvalidArgumentError('a port is from 1 to 65535');
  return value;
}

/** The name of a platform on the command line. */
export function name(text: string): string {
  if (!/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError('a name is 1 to 30 small letters, digits and dashes, starting with a letter');
  }
  return text;
}

/** How many, on the command line. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a number is 1 or more');
  return value;
}
