/*
 * The walls of the process: what a program finds that has broken out of the language. Each case is a script of its own,
 * with all that Node gives; it writes "got" to descriptor 3 when it has what it wanted.
 */

/** A program that has broken out. `CANARY`, `PARENT` and `PORT` are put in by the test. */
export interface ProcessAttack {
  readonly id: string;
  readonly script: string;
  /** Which walls stop it: those of Node's own flags, which are always there, or only those of the system. */
  readonly stoppedBy: 'flags' | 'system';
}

const GOT = `require('fs').writeSync(3, 'got\\n');`;

/** All attacks on the walls of the process. */
export const PROCESS_ATTACKS: readonly ProcessAttack[] = [
  { id: 'reads-a-file', stoppedBy: 'flags', script: `require('fs').readFileSync('CANARY'); ${GOT}` },
  {
    id: 'reads-the-passwords',
    stoppedBy: 'flags',
    script: `require('fs').readFileSync('/etc/shadow'); ${GOT}`,
  },
  { id: 'lists-a-folder', stoppedBy: 'flags', script: `require('fs').readdirSync('/'); ${GOT}` },
  {
    id: 'writes-a-file',
    stoppedBy: 'flags',
    script: `require('fs').writeFileSync('CANARY.new', 'x'); ${GOT}`,
  },
  {
    id: 'follows-proc',
    stoppedBy: 'flags',
    script: `require('fs').readFileSync('/proc/PARENT/environ'); ${GOT}`,
  },
  {
    id: 'starts-a-program',
    stoppedBy: 'flags',
    script: `require('child_process').execFileSync('/bin/true'); ${GOT}`,
  },
  {
    id: 'starts-a-worker',
    stoppedBy: 'flags',
    script: `new (require('worker_threads').Worker)('0', { eval: true }); ${GOT}`,
  },
  { id: 'opens-the-inspector', stoppedBy: 'flags', script: `require('inspector').open(0); ${GOT}` },
  {
    id: 'reaches-the-network',
    stoppedBy: 'system',
    script: `require('net').connect(PORT, '127.0.0.1').on('connect', () => { ${GOT} process.exit(); });`,
  },
  { id: 'signals-its-parent', stoppedBy: 'system', script: `process.kill(PARENT, 0); ${GOT}` },
];
