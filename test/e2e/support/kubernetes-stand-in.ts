/** A stand-in for the provider of Kubernetes that takes everything: what is in a cluster is other tests' matter. */
import { main } from '@pulumi/pulumi/provider';
import { plain, same, type Properties } from '../../../infra/provider/wire';

void main(
  {
    version: '4.25.0',
    check: async (_urn, _olds, news: Properties) => ({ inputs: news }),
    diff: async (_id, _urn, olds: Properties, news: Properties) => ({
      changes: Object.keys(news).some((key) => !same(plain(olds[key]), plain(news[key]))),
    }),
    create: async (urn, inputs: Properties) => ({ id: urn.split('::').at(-1)!, outs: inputs }),
    read: async (id, _urn, props: Properties) => ({ id, props, inputs: props }),
    update: async (_id, _urn, _olds, news: Properties) => ({ outs: news }),
    delete: async () => undefined,
  },
  process.argv.slice(2),
);
