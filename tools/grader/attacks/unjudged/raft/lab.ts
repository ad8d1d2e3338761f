import raft from '../../../../../labs/raft/lab.ts';

/* The control of the attacks on judging: the Raft lab without its judges. */

export default { ...raft, reference: '../../../../../libs/raft/src/index.ts', judges: () => [] };
