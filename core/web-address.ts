/** Whether a browser opens it: an address that begins with http:// or https://. */
export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
