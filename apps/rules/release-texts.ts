import { text } from '../shape';
import { labelValueAllowed, labelValuePattern } from './texts';

export const imageRepository = text({
  what: 'an image repository',
  allowed:
    'lower-case letters and digits with single dashes, dots, underscores or slashes between, no registry, no tag',
  valid: (value) => value.length <= 128 && /^[a-z0-9]+([._/-][a-z0-9]+)*$/.test(value),
});

export const imageReference = text({
  what: 'an image reference',
  allowed: '<registry>/<repository>:<tag> with a tag that names one build, not "latest" or "unreleased"',
  valid: (value) =>
    value.length <= 500 &&
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?\/[a-z0-9]+([._/-][a-z0-9]+)*:\w[\w.-]{0,127}$/.test(value) &&
    !/:(latest|unreleased)$/.test(value),
  repair: (value) => (value.includes('@') ? 'move what follows the @ to `digest`' : undefined),
});

export const digest = text({
  what: 'a digest',
  allowed: '"sha256:" and 64 hexadecimal digits in lower case',
  valid: (value) => /^sha256:[0-9a-f]{64}$/.test(value),
  nearest: (value) => `sha256:${value}`,
});

/** Also a label of the pods. */
export const version = text({
  what: 'a version',
  allowed: labelValueAllowed,
  valid: (value) => labelValuePattern.test(value),
});

export const commit = text({
  what: 'a commit',
  allowed: '40 hexadecimal digits in lower case',
  valid: (value) => /^[0-9a-f]{40}$/.test(value),
  repair: (value) => (/^[0-9a-f]{7,39}$/.test(value) ? `write what \`git rev-parse ${value}\` answers` : undefined),
});

/** A day that does not exist is none, or rolls over to another one that reads differently. */
function instantOf(value: string): Date | undefined {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

export const instant = text({
  what: 'an instant',
  allowed: 'UTC to the second, such as "2025-01-31T09:30:00Z"',
  valid: (value) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && instantOf(value)?.toISOString() === value.replace('Z', '.000Z'),
});

export const day = text({
  what: 'a day',
  allowed: 'a day of the calendar, such as "2025-01-31"',
  valid: (value) => /^\d{4}-\d\d-\d\d$/.test(value) && instantOf(value)?.toISOString() === `${value}T00:00:00.000Z`,
});
