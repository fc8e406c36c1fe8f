import { text, wholeNumber } from '../shape';
import { nearestLabel } from './texts';

export const branch = text({
  what: 'a branch',
  allowed: 'letters, digits, dashes, underscores, dots and slashes, such as "main"',
  valid: (value) => /^[A-Za-z0-9_][\w./-]{0,99}$/.test(value) && !/\.\.|\/\/|\/\.|[./]$|\.lock$/.test(value),
});

/** A name in the URL of the forge. */
export const repositoryName = text({
  what: 'a repository or organization name',
  allowed: 'lower-case letters, digits, dashes, underscores and dots, a letter or digit first, up to 39 characters',
  valid: (value) => /^[a-z0-9][a-z0-9._-]{0,38}$/.test(value) && !value.includes('..') && !/\.(git|wiki)$/.test(value),
});

const ownerPattern = /^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$/;

/** GitHub tells the same name in another case apart nowhere; lower case keeps the URLs in dist/ equal to those it sends. */
export const githubOrganization = text({
  what: 'an organization or user of GitHub',
  allowed: 'lower-case letters and digits with single dashes between, up to 39 characters',
  valid: (value) => ownerPattern.test(value) && value === value.toLowerCase(),
  nearest: (value) => value.toLowerCase(),
});

export const serviceRepository = text({
  what: 'a repository',
  allowed: '"<owner>/<name>" in lower case, such as "offerfit/service-a"',
  valid: (value) => /^[a-z0-9](-?[a-z0-9]){0,38}\/[a-z0-9][a-z0-9._-]{0,99}$/.test(value) && !/\.\.|\.git$/.test(value),
  nearest: (value) =>
    value
      .toLowerCase()
      .replace(/^(https:\/\/|git@)github\.com[/:]/, '')
      .replace(/\.git$/, ''),
});

export const reviewer = text({
  what: 'a reviewer',
  allowed: 'a user such as "anna", or a team such as "team:release"',
  valid: (value) =>
    value.startsWith('team:') ? /^[a-z0-9][a-z0-9_-]{0,99}$/.test(value.slice(5)) : ownerPattern.test(value),
  nearest: (value) => value.replace(/^@/, '').replace(/^[^/]+\//, 'team:'),
});

export const waitMinutes = wholeNumber('a number of minutes', 0, 43_200);
export const approvals = wholeNumber('a number of approvals', 0, 6);
export const githubId = wholeNumber('an ID of GitHub', 1, Number.MAX_SAFE_INTEGER);

export const topic = text({
  what: 'a topic',
  allowed: 'lower-case letters, digits and dashes, a letter or digit first, up to 50 characters',
  valid: (value) => /^[a-z0-9][a-z0-9-]{0,49}$/.test(value),
  nearest: nearestLabel,
});

export const labelName = text({
  what: 'a label',
  allowed: '1 to 50 characters on one line, without a comma',
  valid: (value) => /^[^,\n\r]{1,50}$/.test(value) && value.trim() === value,
  nearest: (value) => value.trim(),
});

export const color = text({
  what: 'a colour',
  allowed: 'six hexadecimal digits in lower case, such as "1d76db"',
  valid: (value) => /^[0-9a-f]{6}$/.test(value),
  nearest: (value) => value.toLowerCase().replace(/^#/, ''),
});

export const shortSentence = text({
  what: 'a description',
  allowed: '1 to 100 characters on one line',
  valid: (value) => /^.{1,100}$/.test(value) && value.trim() !== '',
});

export const actionsName = text({
  what: 'a name of Actions',
  allowed: 'upper-case letters, digits and underscores, a letter first, not beginning with "GITHUB_"',
  valid: (value) => /^[A-Z][A-Z0-9_]{0,127}$/.test(value) && !value.startsWith('GITHUB_'),
  nearest: (value) => value.toUpperCase().replace(/[-.\s]/g, '_'),
});
