import { InvalidArgumentError, Option } from 'commander';
import { isSentence, sentenceAllowed } from '../apps/sentence';
import { isWebAddress } from '../core/web-address';

/** `--json`, on every command that has a result. */
export const json = (): Option => new Option('--json', 'print the result as JSON on standard output');

/** `--no-build`, on every command that may need tools. */
export const noBuild = (): Option => new Option('--no-build', 'stop where tools would have to be built from source');

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

/** The number of a pull request on the command line. */
export function pullRequest(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a pull request is named by its number');
  return Number(text);
}

/** The path of a file that is written, on the command line. */
export function file(text: string): string {
  if (text === '' || /[/\\]$/.test(text)) throw new InvalidArgumentError('a file has a name');
  return text;
}

/** Why, on the command line: what a lock takes and a commit shows. */
export function reason(text: string): string {
  if (!isSentence(text)) throw new InvalidArgumentError(`a reason is ${sentenceAllowed}`);
  return text;
}

/** An address that a browser opens, on the command line. */
export function url(text: string): string {
  if (!isWebAddress(text)) throw new InvalidArgumentError('an address begins with http:// or https://');
  return text;
}

/** A length of time on the command line. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 86_400) {
    throw new InvalidArgumentError('a time is 1 to 86400 seconds');
  }
  return value;
}

/** A value for every environment, or for one. */
export interface EnvironmentValue {
  readonly environment?: string;
  readonly value: string;
}

/** `<value>` or `<environment>=<value>` on the command line, as often as wanted. */
export function environmentValues(text: string, before: readonly EnvironmentValue[] = []): readonly EnvironmentValue[] {
  const at = text.indexOf('=');
  const value = text.slice(at + 1);
  if (value === '' || at === 0) throw new InvalidArgumentError('write <value> or <environment>=<value>');
  return [...before, at < 0 ? { value } : { environment: text.slice(0, at), value }];
}

/** `<environment>=<value>` on the command line, as often as wanted. */
export function namedValues(text: string, before: readonly EnvironmentValue[] = []): readonly EnvironmentValue[] {
  if (!/^[^=]+=./.test(text)) throw new InvalidArgumentError('write <environment>=<value>');
  return environmentValues(text, before);
}
