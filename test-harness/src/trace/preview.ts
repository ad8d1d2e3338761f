/** How much of a value a preview shows. */
const MAX_PREVIEW = 160;

/**
 * One line for people about plain data of ours (a copy, never the original of code under test):
 * `{term: 3, entries: [2 items], leaderCommit: 7}`.
 */
export function preview(value: unknown, budget = MAX_PREVIEW): string {
  const text = render(value, 0);
  return text.length > budget ? `${text.slice(0, budget - 1)}…` : text;
}

function render(value: unknown, depth: number): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (Array.isArray(value)) return renderArray(value, depth);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  if (depth >= 3) return '{…}';
  const shown = entries.slice(0, 12).map(([key, item]) => `${key}: ${render(item, depth + 1)}`);
  return `{${shown.join(', ')}${entries.length > 12 ? ', …' : ''}}`;
}

function renderArray(items: readonly unknown[], depth: number): string {
  if (items.length === 0) return '[]';
  if (items.length > 3 || depth >= 2) return `[${items.length} items]`;
  return `[${items.map((item) => render(item, depth + 1)).join(', ')}]`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
