import type { Draw } from '@lockstep/test-harness/suite';
import type { Input } from './sequential.ts';

const SYLLABLES = [
  'ba',
  'co',
  'di',
  'fu',
  'ga',
  'he',
  'ki',
  'lo',
  'mu',
  'na',
  'or',
  'pe',
  'ri',
  'su',
  'ta',
  've',
];
/** Two, three and four bytes long in UTF-8, so that blocks and splits end in the middle of them. */
const FOREIGN = ['été', 'Ωμέγα', '数据', 'naïve'];

/** How much text to draw. */
export interface TextOptions {
  readonly files: number;
  /** Lines of each file. */
  readonly lines: number;
  /** Different words. Default 40. */
  readonly vocabulary?: number;
}

/** Draws the inputs of a job: lines of words, each with a number of its own in front. */
export function drawInputs(draw: Draw, { files, lines, vocabulary = 40 }: TextOptions): Input[] {
  const lexicon = Array.from({ length: vocabulary }, (_, i) =>
    i < FOREIGN.length
      ? (FOREIGN[i] ?? '')
      : Array.from({ length: draw.integer(1, 4) }, () => draw.pick(SYLLABLES)).join(''),
  );
  return Array.from({ length: files }, (_, file) => {
    const text = Array.from({ length: lines }, (__, line) => {
      const words = Array.from({ length: draw.integer(0, 8) }, () => draw.pick(lexicon));
      return [`${file * lines + line}`, ...words].join(' ');
    });
    // The last line of a file may lack its end.
    return { path: `in/${file}`, text: text.join('\n') + (draw.chance(0.7) ? '\n' : '') };
  });
}
