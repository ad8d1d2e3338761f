/** What the start compartment has beside the globals that the package declares: the stack that student code can't see. */
declare function getStackString(error: object): string;
