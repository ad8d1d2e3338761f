/** In the start compartment alone, beside what the package declares: the stack that foreign code can't see. */
declare function getStackString(error: object): string;
