import { workloads } from './kinds';
import { everyContainer, literal, podVariablesBeside, type Policy } from './policy';

/** Names of variables and keys that hold secrets, upper case. */
const secretName = '(^|[_.-])(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(API|PRIVATE|ACCESS)[_.-]?KEY)S?$';

/** Texts that are secrets whatever they are called: keys, tokens of well-known services, passwords in URLs. */
const secretValue = [
  '-----BEGIN [A-Z ]*PRIVATE KEY',
  'AKIA[0-9A-Z]{16}',
  'gh[pousr]_[A-Za-z0-9]{30}',
  'xox[abp]-[A-Za-z0-9]',
  'eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9_-]*[.]eyJ',
  '://[^/:@ ]+:[^/@ ]+@',
].join('|');

/** Arguments that set a secret, lower case. */
const secretArgument = '^--?[a-z0-9_-]*(password|passphrase|secret|token|api-?key)[a-z0-9_-]*=[^$ ]';

const hides = (value: string): string => `!${value}.matches(${literal(secretValue)})`;
const argument = `${hides('text')} && !text.lowerAscii().matches(${literal(secretArgument)})`;
const entry = `!key.upperAscii().matches(${literal(secretName)}) && ${hides('variables.data[key]')}`;
const variable =
  `(entry.?value.orValue("") == "" || !entry.name.upperAscii().matches(${literal(secretName)})) && ` +
  hides('entry.?value.orValue("")');

const noReadableSecret: Policy = {
  name: 'no-readable-secret',
  reason: 'dist, ConfigMaps and pod specs are read by everyone who reviews or looks at the cluster',
  repair: 'remove it, replace the secret where it was committed, and hand it in by a reference to a Secret',
  kinds: [...workloads, 'ConfigMap'],
  variables: [
    ...podVariablesBeside('ConfigMap'),
    { name: 'data', expression: 'object.kind == "ConfigMap" ? dyn(object.?data.orValue({})) : dyn({})' },
  ],
  validations: [
    everyContainer(`c.?env.orValue([]).all(entry, ${variable})`, 'containers have variables that look like secrets'),
    everyContainer(
      `(c.?command.orValue([]) + c.?args.orValue([])).all(text, ${argument})`,
      'containers have arguments that look like secrets',
    ),
    {
      expression: `variables.data.all(key, ${entry})`,
      message: 'keys of the ConfigMap look like secrets',
      messageExpression: `"keys of the ConfigMap look like secrets: " + variables.data.filter(key, !(${entry})).map(key, key).join(", ")`,
    },
  ],
};

const noPlainSecret: Policy = {
  name: 'no-plain-secret',
  reason: 'a Secret in Git is encoded, not encrypted: everyone who can read the repository can read it',
  repair: 'remove it from Git, replace the secret, and commit a SealedSecret or an ExternalSecret instead',
  kinds: ['Secret'],
  onlyFromGit: true,
  validations: [
    {
      expression: 'size(object.?data.orValue({})) == 0 && size(object.?stringData.orValue({})) == 0',
      message: 'the Secret comes out of Git with its content',
    },
  ],
};

/** What keeps secrets out of Git. */
export const secretPolicies: readonly Policy[] = [noPlainSecret, noReadableSecret];
