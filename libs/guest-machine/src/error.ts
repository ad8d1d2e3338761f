/** What was wrong: `image` with the program, `misuse` with a call. */
export type MachineErrorCode = 'image' | 'misuse';

/** The machine refuses. Never the guest's doing: what a guest does wrong is a trap in the guest. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
  readonly code: MachineErrorCode;

  constructor(code: MachineErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
