import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OverridingChooser, RecordingChooser, SeedChooser, SITE, siteName } from '../../src/world/chooser.ts';

const sites = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(8)), { minLength: 2, maxLength: 30 });

describe("a seed's choices", () => {
  it('depend on the site alone, not on what was asked before', () => {
    fc.assert(
      fc.property(fc.string(), sites, (seed, asked) => {
        const forward = new SeedChooser(seed);
        const backward = new SeedChooser(seed);
        const first = asked.map(([a, b, c]) => forward.choose(SITE.message, a, b, c, 1000));
        const second = [...asked].reverse().map(([a, b, c]) => backward.choose(SITE.message, a, b, c, 1000));
        expect(second.reverse()).toEqual(first);
      }),
    );
  });

  it('stay within their domain', () => {
    const chooser = new SeedChooser('x');
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 2 ** 32 }), (a, b, domain) => {
        const value = chooser.choose(SITE.script, a, b, 0, domain);
        expect(Number.isInteger(value) && value >= 0 && value < domain).toBe(true);
      }),
    );
  });

  it('are uniform, along each coordinate of the site', () => {
    const chooser = new SeedChooser('uniform');
    const cells = 64;
    const draws = 64_000;
    const along: ((i: number) => number)[] = [
      (i) => chooser.choose(SITE.message, i, 0, 0, cells),
      (i) => chooser.choose(SITE.message, 7, i, 0, cells),
      (i) => chooser.choose(SITE.message, 7, 7, i, cells),
      (i) => chooser.choose(SITE.tie, 3, i * 1000, 0, cells),
      (i) => chooser.choose(SITE.random, 65_537, i, 0, cells),
    ];
    for (const draw of along) {
      const counts = Array.from({ length: cells }, () => 0);
      for (let i = 0; i < draws; i++) counts[draw(i)] = (counts[draw(i)] ?? 0) + 1;
      const expected = draws / cells;
      const chiSquare = counts.reduce(
        (sum, count) => sum + ((count - expected) * (count - expected)) / expected,
        0,
      );
      // 63 degrees of freedom: beyond 117 once in 20,000 for a fair draw.
      expect(chiSquare).toBeLessThan(117);
    }
  });

  it('of neighbouring sites are not correlated', () => {
    const chooser = new SeedChooser('neighbours');
    let same = 0;
    for (let i = 0; i < 100_000; i++) {
      if (chooser.choose(SITE.message, 1, i, 0, 2) === chooser.choose(SITE.message, 1, i + 1, 0, 2)) same++;
    }
    expect(Math.abs(same - 50_000)).toBeLessThan(800);
  });

  it("of a node's own randomness are those of its own key", () => {
    const chooser = new SeedChooser('keys');
    const draws = (node: number): number[] =>
      Array.from({ length: 20 }, (_, i) => chooser.choose(SITE.random, node, i, 0, 1000));
    expect(draws(1)).not.toEqual(draws(2));
  });

  it('can be replaced by families, with exceptions', () => {
    const calm = new OverridingChooser(new SeedChooser('s'), { 'message:*:*:2': 0, 'message:1:7:2': 3 });
    const drawn = Array.from({ length: 20 }, (_, i) => calm.choose(SITE.message, 1, i, 2, 1000));
    expect(drawn).toEqual(Array.from({ length: 20 }, (_, i) => (i === 7 ? 3 : 0)));
    expect(calm.choose(SITE.message, 1, 7, 1, 1000)).toBe(
      new SeedChooser('s').choose(SITE.message, 1, 7, 1, 1000),
    );
  });

  it('can be replaced one by one, and recorded', () => {
    const site = siteName(SITE.message, 1, 2, 3);
    const chooser = new RecordingChooser(
      new OverridingChooser(new SeedChooser('s'), { [site]: 5, 'plan:0:1:0': 99 }),
    );
    expect(chooser.choose(SITE.message, 1, 2, 3, 10)).toBe(5);
    expect(chooser.choose(SITE.plan, 0, 1, 0, 10)).toBe(9);
    expect(chooser.choose(SITE.message, 1, 2, 4, 10)).toBe(
      new SeedChooser('s').choose(SITE.message, 1, 2, 4, 10),
    );
    expect(chooser.choices.map((choice) => choice.site)).toEqual([site, 'plan:0:1:0', 'message:1:2:4']);
  });
});
