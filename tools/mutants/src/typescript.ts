/** The compiler, as a module; loaded only by those who need it, for it is large. */
export type TypeScript = typeof import('typescript');

/** Loads the compiler. */
export async function loadTypeScript(): Promise<TypeScript> {
  const module = (await import('typescript')) as TypeScript & { readonly default?: TypeScript };
  return module.default ?? module;
}
