import type { EngineEvent } from '@pulumi/pulumi/automation';
import type { Progress, Step } from '../../core/progress';

/** A step that other code starts and ends. */
interface OpenStep {
  readonly step: Step;
  end(error?: Error): void;
}

function openStep(progress: Progress, title: string): OpenStep {
  let end: (error?: Error) => void = () => undefined;
  let opened: Step | undefined;
  const done = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  progress
    .step(title, (step) => {
      opened = step;
      return done;
    })
    .catch(() => undefined);
  return { step: opened!, end };
}

const VERBS: Readonly<Record<string, string>> = {
  create: 'create',
  'create-replacement': 'make anew',
  update: 'update',
  replace: 'replace',
  delete: 'remove',
  'delete-replaced': 'remove the old',
  refresh: 'look at',
  read: 'read',
};

const COMPONENT = 'slipway:component:';

/** Words for the types that take long enough to have a step of their own; `*` stands for the name. */
const WORDS: Readonly<Record<string, string>> = {
  'slipway:index:Registry': 'local registry',
  'slipway:index:KubernetesCluster': 'cluster',
  'slipway:index:MirroredImages': 'images of *',
  'slipway:index:ServiceImages': 'images of the services',
  'slipway:index:FirstDelivery': 'first delivery of the services',
};

interface Part {
  readonly type: string;
  readonly name: string;
}

function partOf(urn: string): Part {
  const [, , types, ...name] = urn.split('::');
  return { type: (types ?? '').split('$').at(-1) ?? '', name: name.join('::') };
}

/** `Deployment argocd-server` */
function describePart({ type, name }: Part): string {
  return `${type.split(':').at(-1)} ${name.split(/[:/]/).at(-1)}`;
}

/**
 * Tells what the Pulumi engine does: a step for each part that takes long, and one for the many small objects. Errors
 * are kept for the message of the command.
 */
export class PulumiSteps {
  private readonly open = new Map<string, OpenStep>();
  private readonly small = new Map<string, string>();
  private objects: OpenStep | undefined;
  private finished = 0;
  readonly errors: string[] = [];
  /** How many resources were created, updated, replaced or deleted. */
  changes = 0;

  constructor(private readonly progress: Progress) {}

  readonly onEvent = (event: EngineEvent): void => {
    if (event.resourcePreEvent !== undefined) this.started(event.resourcePreEvent.metadata);
    if (event.resOutputsEvent !== undefined) this.ended(event.resOutputsEvent.metadata.urn);
    if (event.resOpFailedEvent !== undefined) this.ended(event.resOpFailedEvent.metadata.urn, new Error('failed'));
    if (event.diagnosticEvent !== undefined) this.told(event.diagnosticEvent);
  };

  /** Ends what is still shown. */
  close(error?: Error): void {
    for (const one of this.open.values()) one.end(error);
    this.open.clear();
    this.objects?.end(error);
    this.objects = undefined;
  }

  private started({ op, urn, type }: { readonly op: string; readonly urn: string; readonly type: string }): void {
    const verb = VERBS[op];
    if (verb === undefined || type === 'pulumi:pulumi:Stack') return;
    const part = partOf(urn);
    if (op !== 'read' && op !== 'refresh' && !type.startsWith(COMPONENT)) this.changes += 1;
    const words = WORDS[type];
    if (words !== undefined) {
      this.open.get(urn)?.end();
      this.open.set(
        urn,
        openStep(this.progress, `${verb} the ${words.replace('*', part.name.replace(/-images$/, ''))}`),
      );
      return;
    }
    // a component is as long at work as its parts, which are shown themselves
    if (type.startsWith(COMPONENT)) return;
    this.small.set(urn, `${verb} ${describePart(part)}`);
    this.objects ??= openStep(this.progress, 'objects in the cluster');
    this.showSmall();
  }

  private ended(urn: string, error?: Error): void {
    this.open.get(urn)?.end(error);
    this.open.delete(urn);
    if (this.small.delete(urn)) {
      this.finished += 1;
      this.showSmall();
    }
  }

  private showSmall(): void {
    const [first] = [...this.small.values()];
    const others = this.small.size > 1 ? ` and ${this.small.size - 1} more` : '';
    this.objects?.step.detail(`${this.finished} done${first === undefined ? '' : `, now: ${first}${others}`}`);
  }

  private told({ urn, message, severity, ephemeral }: NonNullable<EngineEvent['diagnosticEvent']>): void {
    const text = message.replaceAll(/<\{%[^%]*%\}>/g, '').trim();
    if (text === '') return;
    if (severity === 'error') this.errors.push(...text.split('\n'));
    const part = urn === undefined || urn === '' ? undefined : partOf(urn);
    const own = urn === undefined ? undefined : this.open.get(urn);
    if (severity === 'info' && own !== undefined) {
      if (ephemeral) own.step.detail(text);
      else own.step.say(text);
    } else if (severity !== 'error' && part !== undefined && this.small.has(urn!)) {
      // what a Deployment is short of while it starts is of no interest once it has started
      this.objects?.step.detail(`${describePart(part)}: ${text.split('\n')[0]}`);
    } else if (severity === 'warning' && !/using .* from \$PATH/.test(text)) {
      this.progress.say(`  ${text}`);
    }
  }
}
