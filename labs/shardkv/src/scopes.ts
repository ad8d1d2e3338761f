/** The scope of all messages of the store, on controllers, groups and clients. */
export const STORE_SCOPE = 'shardkv';
