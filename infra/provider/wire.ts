import { runtime } from '@pulumi/pulumi';

/** A value of a resource as the engine and a plugin exchange it. */
export type Properties = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Marks a value as secret: the engine encrypts it in its state and hides it in its output. */
export function secret(value: unknown): unknown {
  return { [runtime.specialSigKey]: runtime.specialSecretSig, value };
}

/** The value without the marks that say which parts of it are secret. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (!isRecord(value)) {
    return value;
  }
  if (value[runtime.specialSigKey] === runtime.specialSecretSig) {
    return plain(value['value']);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Whether two values are the same, in whatever order their keys are; what is not known yet equals nothing. */
export function same(left: unknown, right: unknown): boolean {
  if (left === runtime.unknownValue || right === runtime.unknownValue) {
    return false;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  }
  if (isRecord(left) && isRecord(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => same(left[key], right[key]));
  }
  return left === right;
}
