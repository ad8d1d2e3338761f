import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** What text to generate. */
export interface TextOptions {
  /** The same seed gives the same bytes. */
  readonly seed: string;
  readonly files: number;
  /** In all; each file ends with the first line that reaches its share. */
  readonly bytes: number;
  /** Distinct words to choose from. The n-th of them is n times as rare as the first one (Zipf's law). */
  readonly words: number;
  /** The folder for `text-00.txt`, `text-01.txt`, …; files of these names are replaced. */
  readonly folder: string;
}

const CHUNK_BYTES = 1 << 20;
const LONGEST_LINE_BYTES = 1_000;
const LEAST_WORDS_IN_LINE = 6;
const MORE_WORDS_IN_LINE = 9;
const SPACE = 0x20;
const LINE_END = 0x0a;
const TWO_32 = 0x1_0000_0000;

/** Writes text that looks a little like English, but is nobody's. Gives the paths of its files. */
export async function generateText(options: TextOptions): Promise<string[]> {
  await mkdir(options.folder, { recursive: true });
  const text = new TextMaker(options);
  const width = String(options.files - 1).length;
  const paths: string[] = [];
  for (let n = 0; n < options.files; n++) {
    const path = join(options.folder, `text-${String(n).padStart(Math.max(2, width), '0')}.txt`);
    const target =
      Math.floor((options.bytes * (n + 1)) / options.files) - Math.floor((options.bytes * n) / options.files);
    await writeFile(path, text, target);
    paths.push(path);
  }
  return paths;
}

async function writeFile(path: string, text: TextMaker, target: number): Promise<void> {
  const file = createWriteStream(path);
  for (let written = 0; written < target; ) {
    const chunk = text.lines(Math.min(CHUNK_BYTES, target - written));
    written += chunk.length;
    if (!file.write(chunk)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

/** Words by chance: the alias method, which takes the same time however many words there are. */
class TextMaker {
  readonly #draw: () => number;
  readonly #words: readonly Buffer[];
  readonly #shares: Float64Array;
  readonly #aliases: Int32Array;

  constructor({ seed, words }: TextOptions) {
    this.#draw = drawsOf(seed);
    this.#words = vocabulary(words, this.#draw);
    this.#shares = new Float64Array(words);
    this.#aliases = new Int32Array(words);
    this.#weigh(words);
  }

  /** Whole lines, until there are `target` bytes. */
  lines(target: number): Buffer {
    const chunk = Buffer.allocUnsafe(target + LONGEST_LINE_BYTES);
    let length = 0;
    while (length < target) {
      const count = LEAST_WORDS_IN_LINE + (this.#draw() % MORE_WORDS_IN_LINE);
      for (let n = 0; n < count; n++) {
        const word = this.#word();
        length += word.copy(chunk, length);
        chunk[length++] = n === count - 1 ? LINE_END : SPACE;
      }
    }
    return chunk.subarray(0, length);
  }

  #word(): Buffer {
    const slot = this.#draw() % this.#words.length;
    const isOwn = this.#draw() / TWO_32 < (this.#shares[slot] ?? 1);
    const word = this.#words[isOwn ? slot : (this.#aliases[slot] ?? 0)];
    if (word === undefined) throw new RangeError(`there is no word ${slot}`);
    return word;
  }

  /** Each slot has its own word for a share, and one of the frequent words for the rest. */
  #weigh(words: number): void {
    let total = 0;
    for (let n = 1; n <= words; n++) total += 1 / n;
    const weights = Array.from({ length: words }, (_, n) => words / (n + 1) / total);
    const large = weights.flatMap((weight, n) => (weight >= 1 ? [n] : []));
    const small = weights.flatMap((weight, n) => (weight < 1 ? [n] : []));
    this.#shares.fill(1);
    for (let rare = small.pop(), frequent = large.at(-1); rare !== undefined && frequent !== undefined; ) {
      const share = weights[rare] ?? 1;
      this.#shares[rare] = share;
      this.#aliases[rare] = frequent;
      const rest = (weights[frequent] ?? 1) - (1 - share);
      weights[frequent] = rest;
      if (rest < 1) small.push(large.pop() ?? frequent);
      rare = small.pop();
      frequent = large.at(-1);
    }
  }
}

const ONSETS = [
  'b',
  'c',
  'd',
  'f',
  'g',
  'h',
  'l',
  'm',
  'n',
  'p',
  'r',
  's',
  't',
  'w',
  'st',
  'tr',
  'ch',
  'th',
  '',
];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ea', 'ou'];
const CODAS = ['', '', '', 'n', 'r', 's', 't', 'l', 'nd'];

/** Distinct words, short ones first: as in any language, the frequent words are the short ones. */
function vocabulary(count: number, draw: () => number): Buffer[] {
  const pick = (from: readonly string[]): string => from[draw() % from.length] ?? '';
  const words = new Set<string>();
  for (let tries = 0; words.size < count; tries++) {
    const syllables = 1 + Math.floor((3 * tries) / count);
    let word = '';
    for (let n = 0; n < syllables; n++) word += pick(ONSETS) + pick(VOWELS) + pick(CODAS);
    words.add(word.slice(0, 30));
  }
  return [...words].map((word) => Buffer.from(word));
}

/** Uniform 32-bit numbers that the seed decides (the generator sfc32). */
function drawsOf(seed: string): () => number {
  const digest = createHash('sha256').update(seed).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
  return () => {
    const result = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  };
}
