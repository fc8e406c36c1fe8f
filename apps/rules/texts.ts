import type { AbsolutePath, CpuQuantity, MemoryQuantity } from '../model';
import { parseCpu, parseMemory } from '../quantity';
import { text, wholeNumber } from '../shape';

/** Lower case, dashes for what is not allowed, leading digits moved behind: `00-Web` becomes `web-00`. */
function nearestLabel(value: string): string {
  return value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .replace(/^(\d[\d-]*?)-?([a-z].*)$/, '$2-$1');
}

/** A DNS label that may also name a Kubernetes Service, which must begin with a letter. */
export function dnsLabel(limit: number) {
  return text({
    what: 'a DNS label',
    allowed: `lower-case letters, digits and dashes, a letter first, no dash last, up to ${limit} characters`,
    valid: (value) => value.length <= limit && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(value),
    nearest: nearestLabel,
  });
}

/*
 * An Argo CD application is named `<environment>-<service>` and that name is a label value of up to 63 characters. The
 * platform's name comes before `-control-plane` in the host name of a node, which has the same limit.
 */
export const serviceName = dnsLabel(40);
export const environmentName = dnsLabel(20);
export const platformName = dnsLabel(30);
export const label = dnsLabel(63);

/** Leaves room for the longest `<hostPrefix>.<service>.` before it in a host name of 253 characters. */
const domainLimit = 253 - 63 - 40 - 2;

export const domain = text({
  what: 'a domain',
  allowed: `at least two DNS labels with dots between, such as "example.test", up to ${domainLimit} characters`,
  valid: (value) =>
    value.length <= domainLimit &&
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value),
  nearest: (value) =>
    value
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/[/:].*$/, '')
      .replace(/^\.+|\.+$/g, ''),
});

export const kubernetesVersion = text({
  what: 'a Kubernetes version',
  allowed: 'v<major>.<minor>.<patch>, such as "v1.36.1"',
  valid: (value) => /^v\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(value),
  nearest: (value) => `v${value}`,
});

/** As kubeconfigs name them: `kind-lab`, `arn:aws:eks:eu-west-1:123456789012:cluster/lab`. */
export const contextName = text({
  what: 'the name of a context',
  allowed: '1 to 253 characters without spaces, as `kubectl config get-contexts` shows them',
  valid: (value) => /^[^\s\p{Cc}-][^\s\p{Cc}]{0,252}$/u.test(value),
});

/** A path of the machine; what it leads to is looked at when it is used. */
export const hostPath = text({
  what: 'a path',
  allowed: 'an absolute path or one relative to the project, up to 500 characters',
  valid: (value) => /^[^\p{Cc}]{1,500}$/u.test(value) && value.trim() === value,
});

const hostName = String.raw`[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?`;

/** A host name or an IPv4 address, without scheme and port. */
export const address = text({
  what: 'an address',
  allowed: 'a host name or an IPv4 address, without scheme and port',
  valid: (value) => new RegExp(`^${hostName}$`).test(value) && !value.includes('..'),
  nearest: (value) =>
    value
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/[:/].*$/, ''),
});

export const registryAddress = text({
  what: 'the address of a registry',
  allowed: 'a host name with an optional port, such as "127.0.0.1:5001"',
  valid: (value) => new RegExp(`^${hostName}(:\\d{1,5})?$`).test(value) && !value.includes('..'),
  nearest: (value) => value.replace(/^https?:\/\//, '').replace(/\/.*$/, ''),
});

/** What stands before the repository in image references. */
export const registryName = text({
  what: 'a registry',
  allowed: 'a host name with an optional port and path, such as "ghcr.io/acme" or "localhost:5001"',
  valid: (value) =>
    value.length <= 200 &&
    new RegExp(`^${hostName}(:\\d{1,5})?(/[a-z0-9]+([._-][a-z0-9]+)*)*$`).test(value) &&
    /[.:]|^localhost/.test(value.split('/')[0]!),
  nearest: (value) => value.replace(/^https?:\/\//, '').replace(/\/$/, ''),
});

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

export const registryHost = text({
  what: 'a host of a registry',
  allowed: 'at least two DNS labels, with a port where it is not 443, such as "registry.example.com:5000"',
  valid: (value) =>
    value.length <= 200 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}(:[1-9]\d{0,4})?$/.test(value),
  nearest: (value) =>
    value
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/.*$/, ''),
});

export const awsAccount = text({
  what: 'an account of Amazon',
  allowed: 'twelve digits in quotes',
  valid: (value) => /^\d{12}$/.test(value),
  nearest: (value) => value.replace(/\D/g, ''),
});

export const awsRegion = text({
  what: 'a region of Amazon',
  allowed: 'such as "eu-central-1"',
  valid: (value) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(value),
  nearest: (value) => value.toLowerCase().replace(/(\d)[a-z]$/, '$1'),
});

export const awsRole = text({
  what: 'a role of Amazon',
  allowed: 'its ARN, such as "arn:aws:iam::123456789012:role/push-images"',
  valid: (value) => /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(value),
});

export const httpsUrl = text({
  what: 'an HTTPS address',
  allowed: '"https://", a host and a path, without user, query and fragment',
  valid: (value) => /^https:\/\/[a-z0-9.-]+(:\d{1,5})?\/[\w.~/-]{0,200}$/.test(value) && URL.canParse(value),
  nearest: (value) => value.replace(/^http:/, 'https:'),
});

export const labelKey = text({
  what: 'a label key',
  allowed: 'a name of up to 63 letters, digits, dashes, underscores and dots, after an optional "<domain>/"',
  valid: (value) => /^([a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/.test(value),
});

const labelValuePattern = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const labelValueAllowed = 'up to 63 letters, digits, dashes, underscores and dots, a letter or digit first and last';

export const labelValue = text({
  what: 'a label value',
  allowed: labelValueAllowed,
  valid: (value) => value === '' || labelValuePattern.test(value),
});

export const kindGroup = text({
  what: 'an API group',
  allowed: 'such as "rbac.authorization.k8s.io", or "" for the core group',
  valid: (value) =>
    value.length <= 253 && /^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)?$/.test(value),
  nearest: (value) => value.replace(/\/.*$/, '').toLowerCase(),
});

export const kindName = text({
  what: 'a kind',
  allowed: 'a name as Kubernetes writes it, such as "ClusterRole", never "*"',
  valid: (value) => /^[A-Z][A-Za-z0-9]{0,62}$/.test(value),
  nearest: (value) => value.charAt(0).toUpperCase() + value.slice(1),
});

export const port = wholeNumber('a port', 1, 65535);
export const replicas = wholeNumber('a number of replicas', 1, 100);

export const cpuQuantity = text<CpuQuantity>({
  what: 'a CPU quantity',
  allowed: 'millicores such as "100m", or cores such as "0.5" and "2", more than zero',
  valid: (value) => parseCpu(value) !== undefined,
});

const memoryMistakes: Readonly<Record<string, string>> = { k: 'Ki', K: 'Ki', m: 'Mi', M: 'Mi', g: 'Gi', G: 'Gi' };

export const memoryQuantity = text<MemoryQuantity>({
  what: 'a memory quantity',
  allowed: 'a whole number with Ki, Mi or Gi, such as "128Mi", more than zero',
  valid: (value) => parseMemory(value) !== undefined,
  nearest: (value) => {
    const match = /^(\d{1,9})\s*([kKmMgG])i?[bB]?$/.exec(value);
    return match === null ? undefined : `${match[1]}${memoryMistakes[match[2]!]}`;
  },
});

export const urlPath = text<AbsolutePath>({
  what: 'a URL path',
  allowed: 'a slash first, then letters, digits and any of - . _ ~ / without a query, such as "/health"',
  valid: (value) => /^\/[\w.~/-]{0,200}$/.test(value),
  nearest: (value) => `/${value}`,
});

export const filePath = text<AbsolutePath>({
  what: 'a folder of the container',
  allowed: 'an absolute path without "..", such as "/tmp"',
  valid: (value) => /^(\/[\w.-]+)+$/.test(value) && value.length <= 200 && !/\/\.{1,2}(\/|$)/.test(value),
  nearest: (value) => `/${value}`,
});

export const variableName = text({
  what: 'a variable name',
  allowed: 'upper-case letters, digits and underscores, a letter first',
  valid: (value) => /^[A-Z][A-Z0-9_]{0,127}$/.test(value),
  nearest: (value) => value.toUpperCase().replace(/[-.\s]/g, '_'),
});

export const variableValue = text({
  what: 'a plain value',
  allowed: 'up to 32768 characters without control characters',
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  valid: (value) => value.length <= 32_768 && !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(value),
});

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

export const sentence = text({
  what: 'a line of text',
  allowed: '1 to 500 characters on one line',
  valid: (value) => /^.{1,500}$/.test(value) && value.trim() !== '',
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
