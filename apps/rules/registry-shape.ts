import type { RegistryProps } from '../model';
import { isRecord, object, oneOf, type Shape } from '../shape';
import * as releaseTexts from './release-texts';
import * as texts from './texts';

const types = ['local', 'ghcr', 'docker-hub', 'ecr', 'own'] as const;
const type = oneOf('a type of registry', types);
const publicImages = oneOf('true or false', [true, false]);

const local = object('a registry', { type }, {});
const hosted = object('a registry', { type, namespace: releaseTexts.imageRepository }, { publicImages });

const shapes: Readonly<Record<string, Shape<unknown>>> = {
  ghcr: hosted,
  'docker-hub': hosted,
  ecr: object(
    'a registry',
    { type, accountId: texts.awsAccount, region: texts.awsRegion },
    { namespace: releaseTexts.imageRepository, pushRole: texts.awsRole },
  ),
  own: object(
    'a registry',
    { type, host: texts.registryHost },
    { namespace: releaseTexts.imageRepository, publicImages },
  ),
};

/** Which keys a registry has depends on its type. */
export const registryShape: Shape<RegistryProps> = {
  allowed: local.allowed,
  read(value, place) {
    const said = isRecord(value) ? String(value['type']) : '';
    const shape = Object.hasOwn(shapes, said) ? shapes[said]! : local;
    return shape.read(value, place) as RegistryProps;
  },
};
