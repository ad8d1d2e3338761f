/* Three functions of four: the clerk was to come later. */
export const contract = 'shardkv/1';

export default {
  controller: () => undefined,
  administrator: () => ({}),
  server: () => undefined,
};
