import type { AbsolutePath, CpuQuantity, MemoryQuantity } from '../model';
import { parseCpu, parseMemory } from '../quantity';
import { isSentence, sentenceAllowed } from '../sentence';
import { text, wholeNumber } from '../shape';

/** Lower case, dashes for what is not allowed, leading digits moved behind: `00-Web` becomes `web-00`. */
export function nearestLabel(value: string): string {
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

export const sentence = text({
  what: 'a line of text',
  allowed: sentenceAllowed,
  valid: isSentence,
});

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

export const labelValuePattern = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
export const labelValueAllowed =
  'up to 63 letters, digits, dashes, underscores and dots, a letter or digit first and last';

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
