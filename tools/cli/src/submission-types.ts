/**
 * The compiler's options for a submission: what an editor shows, and what `test` warns of.
 *
 * @param api the folder with the sources of `@lockstep/api`, as the settings file names it.
 */
export function submissionCompilerOptions(api: string): object {
  return {
    target: 'es2022',
    lib: ['es2023'],
    types: [],
    module: 'preserve',
    moduleResolution: 'bundler',
    moduleDetection: 'force',
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    paths: { '@lockstep/api': [`${api}/index.ts`], '@lockstep/api/globals': [`${api}/globals.d.ts`] },
  };
}
