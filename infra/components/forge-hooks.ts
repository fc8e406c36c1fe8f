import * as pulumi from '@pulumi/pulumi';
import type { ForgeConnection } from '../provider/forge/connection';
import { ForgeHook } from '../provider/resources';
import type { HookEvent } from '../provider/types/forge-hook';

export interface ForgeHooksArgs {
  readonly forge: pulumi.Input<ForgeConnection>;
  readonly clusterId: pulumi.Input<string>;
  readonly organization: string;
  /** What every event is signed with. */
  readonly secret: pulumi.Input<string>;
  /** Reads what is pushed, for Applications. */
  readonly pushesTo: string;
  /** Reads everything that a generator may list: branches, pull requests with their labels, repositories. */
  readonly changesTo: string;
}

const changes: readonly HookEvent[] = ['push', 'create', 'delete', 'pull_request', 'repository'];

/** Tells Argo CD of what happens in any repository of the organisation, so that nothing waits for a poll. */
export class ForgeHooks extends pulumi.ComponentResource {
  constructor(name: string, args: ForgeHooksArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:ForgeHooks', name, {}, opts);
    const { forge, clusterId: cluster, organization, secret } = args;
    const common = { forge, cluster, organization, secret };
    new ForgeHook(`${name}-pushes`, { ...common, url: args.pushesTo, events: ['push'] }, { parent: this });
    new ForgeHook(`${name}-changes`, { ...common, url: args.changesTo, events: changes }, { parent: this });
    this.registerOutputs();
  }
}
