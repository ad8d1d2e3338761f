/**
 * Code under test that looks for places where all servers can write. `share(host, roots)` has each node write its id on
 * all that it can come to from `roots`: by properties, by what getters give, and by prototypes. Later it logs where it
 * finds the id of another one, or `found nothing`.
 */
export const WALK = `
const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';
function walk(roots: Record<string, unknown>, visit: (path: string, object: object) => void): number {
  const seen = new Set<object>();
  const open = Object.entries(roots);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, object] = next;
    if (!isObject(object) || seen.has(object)) continue;
    seen.add(object);
    visit(path, object);
    for (let holder: object | null = object; holder !== null; holder = Object.getPrototypeOf(holder)) {
      if (holder !== object) open.push([path + '.__proto__', holder]);
      for (const key of Reflect.ownKeys(holder)) {
        const { value, get, set } = Object.getOwnPropertyDescriptor(holder, key) ?? {};
        const name = path + '.' + String(key);
        open.push([name, value], [name + ' (get)', get], [name + ' (set)', set]);
        if (get !== undefined) open.push([name, caught(() => Reflect.apply(get, object, []))]);
      }
    }
  }
  return seen.size;
}
function caught(act: () => unknown): unknown {
  try { return act(); } catch (error) { return error; }
}
async function settled(act: () => unknown): Promise<unknown> {
  try { return await act(); } catch (error) { return error; }
}
function share(host: any, roots: Record<string, unknown>, atLeast = 100): void {
  host.clock.after(2, () => walk(roots, (_, object) =>
    caught(() => Object.defineProperty(object, 'leak', { value: host.id, configurable: true }))));
  host.clock.after(20, () => {
    const found: string[] = [];
    const count = walk(roots, (path, object) => {
      const leak = Object.getOwnPropertyDescriptor(object, 'leak')?.value;
      if (typeof leak === 'string' && leak !== host.id) found.push('found what ' + leak + ' wrote on ' + path);
    });
    if (count < atLeast) host.log.info('found no more than ' + count + ' objects');
    for (const path of found.length === 0 ? ['found nothing'] : found.slice(0, 20)) host.log.info(path.slice(0, 200));
  });
}`;
