import type { Finding } from '../model';
import { effectOf, kept, listed, type EffectInput } from './rule';

const source = /^metadata\.annotations\[slipway\.dev\/source-commit\]$/;
const image = /\.(?:initC|c)ontainers\[[^\]]+\]\.image$/;

/** A release moves its image and the commit that it was built from together. */
export function* releaseConsistency({ differences }: EffectInput): Generator<Finding> {
  for (const difference of kept(differences)) {
    const images = difference.fields.filter(({ path }) => image.test(path));
    const sources = difference.fields.filter(({ path }) => source.test(path));
    if (images.length > 0 && sources.length === 0) {
      yield effectOf(difference, {
        rule: 'image-without-source',
        severity: 'warning',
        message: 'another image runs, and nothing says which commit it was built from',
        reason: `${listed(images.map(({ path }) => path))} changes and slipway.dev/source-commit does not`,
        repair: 'state `source` in the release lock, as a release by the workflow does',
      });
    }
    if (images.length === 0 && sources.some(({ before, after }) => before !== undefined && after !== undefined)) {
      yield effectOf(difference, {
        rule: 'source-without-image',
        severity: 'warning',
        message: 'another source commit is stated, and the same image runs',
        reason: 'slipway.dev/source-commit changes and no image does',
        repair: 'state image and digest of the build of that commit in the release lock',
      });
    }
  }
}
