/** What identifies a service's pods within their namespace. Selectors cannot be changed later, so there is no more. */
export function selectorOf(service: string): Record<string, string> {
  return { 'app.kubernetes.io/name': service };
}

/**
 * Whose an object is: on everything that is rendered, so that it can be found and its owner asked. The environment is
 * not among them: the namespace says it, and a comparison of two environments shows one line less in every file.
 *
 * @param platform the platform's name
 */
export function ownerLabels(platform: string, service?: string): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'slipway',
    'app.kubernetes.io/part-of': platform,
    ...(service !== undefined && { ...selectorOf(service), 'slipway.dev/service': service }),
  };
}

/** What Argo CD's objects are found by besides: one without a service is the environment itself. */
export function deliveryLabels(environment: string, service?: string): Record<string, string> {
  return {
    'slipway.dev/environment': environment,
    ...(service !== undefined && { 'slipway.dev/service': service }),
  };
}
