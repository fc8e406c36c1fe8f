/** What a reason, a description and the name of who asks are. */
export function isSentence(value: string): boolean {
  return /^.{1,500}$/.test(value) && value.trim() !== '';
}

/** What `isSentence` takes, for messages. */
export const sentenceAllowed = '1 to 500 characters on one line';
