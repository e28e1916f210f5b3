import { expect } from 'chai';
import { sealed, speedaf } from '../../carriers/speedaf.ts';

describe('speedaf', () => {
  it('signs and encrypts a v1 body byte for byte as Speedaf does', () => {
    expect(sealed('EXAMPLE1', 1_760_000_000_000, '{"mailNoList":["MA020000000001"]}')).to.equal(
      '+Zco0p9L8Sevk96zaxDN/O9dfhRNGqP563yJSbYz81mDqACpUh1KqwvRqO2CY5Z5MfRWLNNY9DkAGRS4d3OKm7rQDigR5zQaESs+hsi4/C4H+cV4fujV8JC8QS1WP5tv',
    );
  });

  it('wants a v1 secret that is long enough to be a key', () => {
    expect(speedaf.settings.safeParse({ api: 'v1', appCode: 'a', secretKey: 'short' }).success).to.equal(
      false,
    );
    expect(speedaf.settings.safeParse({ api: 'v2', appCode: 'a' }).success).to.equal(true);
  });
});
