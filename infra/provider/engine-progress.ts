import { runtime } from '@pulumi/pulumi';
import { LogRequest, LogSeverity } from '@pulumi/pulumi/proto/engine_pb';
import { bar, formatSeconds, type Progress } from '../../core/progress';

/** Sends a line to the engine. Transient lines take the place of each other and do not stay. */
export type SendLine = (urn: string, line: string, transient: boolean) => void;

/** @param address where the engine listens, as it says on the plugin's command line; without it nothing is shown */
export function engineLog(address: string | undefined): SendLine {
  if (address === undefined) {
    return () => undefined;
  }
  // the library connects to the engine only by its settings, of which a plugin needs the address alone
  runtime.resetOptions('', '', -1, address, '', false, '');
  return (urn, line, transient) => {
    const request = new LogRequest();
    request.setSeverity(LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(line);
    request.setEphemeral(transient);
    // progress that cannot be shown is no reason to fail
    runtime.getEngine()?.log(request, () => undefined);
  };
}

/** Progress that the engine shows beside the resource it belongs to. */
export function engineProgress(send: SendLine, urn: string): Progress {
  return {
    say: (line) => send(urn, line, false),
    async step(title, work) {
      let lastMs = 0;
      let shown = title;
      const show = (text: string, force = false): void => {
        // every line is a message to the engine: a busy step must not send hundreds of them a second
        if (text === shown || (!force && Date.now() - lastMs < 500)) return;
        lastMs = Date.now();
        shown = text;
        send(urn, text, true);
      };
      send(urn, title, true);
      return work({
        detail: (text) => show(`${title}: ${text}`),
        advance: (fraction, remainingSeconds) => {
          const left = remainingSeconds === undefined ? '' : `, about ${formatSeconds(remainingSeconds)} left`;
          show(`${title} ${bar(fraction, 12)} ${Math.floor(fraction * 100)}%${left}`, fraction >= 1);
        },
        say: (line) => send(urn, line, false),
      });
    },
  };
}
