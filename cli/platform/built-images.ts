import { isRecord, Place } from '../../apps/shape';
import { releaseShape } from '../../apps/rules/shapes';
import { describeViolation, show } from '../../apps/violation';
import { UserError } from '../../core/errors';
import type { BuiltImage } from '../../delivery/bump';

/** What a command line or a file says of an image, not looked at yet. */
export interface ImageClaim {
  readonly service: string;
  /** With registry and digest: `registry.offerfit.local/service-a:3f2c1ab@sha256:...`; the tag may be left out. */
  readonly reference: string;
  readonly source?: string;
  readonly sourceTime?: string;
}

/** `service-a=<image>@<digest>`, or the name alone where the image is given apart. */
export function readClaims(words: readonly string[], image: string | undefined): readonly ImageClaim[] {
  const named = words.filter((word) => !word.includes('='));
  if (image !== undefined && (words.length !== 1 || named.length !== 1)) {
    throw new UserError('--image is for one service', {
      repair: 'write several as service-a=<image>@<digest> service-b=<image>@<digest>',
    });
  }
  if (image === undefined && named.length > 0) {
    throw new UserError(`there is no image for ${named.join(', ')}`, {
      repair: `write ${named[0]}=<image>@<digest>, which is what \`npx slipway image push ${named[0]}\` prints`,
    });
  }
  return words.map((word) => {
    const at = word.indexOf('=');
    return at < 0
      ? { service: word, reference: image! }
      : { service: word.slice(0, at), reference: word.slice(at + 1) };
  });
}

/** What `image push --json` printed. */
export function readClaimsFile(content: string, file: string): readonly ImageClaim[] {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new UserError(`${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const images = isRecord(value) ? value['images'] : undefined;
  if (!Array.isArray(images)) {
    throw new UserError(`${file}: images: ${show(images)} is not a list`, {
      repair: 'give it what `npx slipway image push --json` prints',
    });
  }
  return (images as unknown[]).map((entry) => {
    const text = (name: string): string => String((isRecord(entry) ? entry[name] : undefined) ?? '');
    const optional = (name: 'source' | 'sourceTime') => (text(name) === '' ? {} : { [name]: text(name) });
    return {
      service: text('service'),
      reference: `${text('image')}@${text('digest')}`,
      ...optional('source'),
      ...optional('sourceTime'),
    };
  });
}

function tagged(repository: string, source: string): string {
  return /:[^/]+$/.test(repository) ? repository : `${repository}:${source.slice(0, 7)}`;
}

/**
 * Checks what was claimed.
 *
 * @throws UserError with all violations
 */
export function checkClaims(claims: readonly ImageClaim[]): readonly BuiltImage[] {
  const problems: string[] = [];
  if (claims.length === 0)
    problems.push('there is no image to record; write service-a=<image>@<digest>, or give --file');
  const images = claims.map(({ service, reference, source, sourceTime }) => {
    const at = reference.indexOf('@');
    const [repository, digest] = at < 0 ? [reference, undefined] : [reference.slice(0, at), reference.slice(at + 1)];
    const image = tagged(repository, source ?? '');
    const lock = { image, digest, version: 'bumped', source, ...(sourceTime !== undefined && { sourceTime }) };
    const place = new Place((field, fault) => problems.push(describeViolation({ ...fault, file: service, field })));
    releaseShape.read(lock, place);
    if (source === undefined) {
      problems.push(`${service}: source: is missing; it says which of two images is newer; give --source <commit>`);
    }
    return { service, image, digest: digest!, source: source!, ...(sourceTime !== undefined && { sourceTime }) };
  });
  const twice = images.filter(({ service }, index) => images.findIndex((other) => other.service === service) !== index);
  problems.push(...twice.map(({ service }) => `${service}: is given twice`));
  if (problems.length > 0) throw new UserError('these images cannot be recorded', { details: problems });
  return images;
}
