import { request } from 'node:http';
import { UserError } from '../../core/errors';
import { RestClient } from '../../forge';
import { signatureOf } from '../../core/signature';

/** An image that the repository of a service published. */
export interface Publication {
  readonly service: string;
  /** `owner/name` of the platform's repository. */
  readonly platform: string;
  /** With registry and tag. */
  readonly image: string;
  readonly digest: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** When that commit was made, in UTC to the second. */
  readonly time: string;
}

const rules: Readonly<Record<keyof Publication, RegExp>> = {
  service: /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
  platform: /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/,
  image: /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+:[\w.-]+$/,
  digest: /^sha256:[0-9a-f]{64}$/,
  commit: /^[0-9a-f]{40}$/,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
};

/**
 * Tells the platform's repository of an image, as the event `repository_dispatch` of type `image-published`. Whoever sends
 * it writes to nothing: the platform checks and bumps.
 *
 * @throws UserError naming everything that is malformed, or where the platform does not take it
 */
export async function sendDispatch(publication: Publication, signal: AbortSignal): Promise<void> {
  const wrong = Object.entries(rules).filter(([key, rule]) => !rule.test(publication[key as keyof Publication]));
  if (wrong.length > 0) {
    throw new UserError('the publication is malformed', {
      details: wrong.map(
        ([key, rule]) =>
          `${key}: ${JSON.stringify(publication[key as keyof Publication])} does not match ${rule.source}`,
      ),
    });
  }
  const { platform, ...payload } = publication;
  const { SLIPWAY_CI_URL: receiver, SLIPWAY_CI_SECRET: secret, SLIPWAY_FORGE_TOKEN: token } = process.env;
  if (receiver && secret) {
    await toReceiver(receiver, secret, {
      action: 'image-published',
      client_payload: payload,
      repository: { full_name: platform },
    });
    return;
  }
  if (!token) {
    throw new UserError('nothing says who sends it', {
      repair:
        'set SLIPWAY_FORGE_TOKEN to a token that may write to the platform, or SLIPWAY_CI_URL and SLIPWAY_CI_SECRET',
    });
  }
  const api = process.env['GITHUB_API_URL'] || 'https://api.github.com';
  const client = new RestClient({ type: 'github', api, credentials: { token } }, { signal });
  await client.ask('POST', `/repos/${platform}/dispatches`, [204], {
    event_type: 'image-published',
    client_payload: payload,
  });
}

/** The local forge knows no such event, so its receiver is told, signed as the forge would. */
function toReceiver(receiver: string, secret: string, payload: object): Promise<void> {
  const body = Buffer.from(JSON.stringify(payload));
  const headers = { 'x-gitea-event': 'repository_dispatch', 'x-gitea-signature': signatureOf(secret, body) };
  return new Promise((resolve, reject) => {
    const call = request(receiver, { method: 'POST', headers, timeout: 15_000 }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new UserError(`${receiver} answers ${response.statusCode}`));
      });
    });
    call.on('error', (error) => reject(new UserError(`${receiver} does not answer: ${error.message}`)));
    call.end(body);
  });
}
