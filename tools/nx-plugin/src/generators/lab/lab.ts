import type { Tree } from 'nx/src/devkit-exports';

export async function lab(tree: Tree, options: { readonly name: string }): Promise<void> {
  console.log(options.name, tree.root);
}
