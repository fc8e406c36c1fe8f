/** Wrappers that Argo CD, gRPC and containerd put around what went wrong. */
const WRAPPERS =
  /rpc error: code = \w+ desc = |Failed to (load target state|compare desired state to live state|generate manifests?): ?|failed to generate manifest for source \d+ of \d+: ?|Manifest generation error \(cached\): ?|error (getting|generating) manifests?: ?|(Back-off pulling image|failed to (pull and unpack image|resolve reference|do request)):? "[^"]*": ?|Err(Image)?Pull(BackOff)?: ?/gi;

/** A message of Argo CD or the kubelet without its wrappers, on one line of at most 300 characters. */
export function plainMessage(message: string): string {
  const text = message.replaceAll(WRAPPERS, '').replaceAll(/\s+/g, ' ').trim();
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}
