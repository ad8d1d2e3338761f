/** The scope of the store's messages, on servers and clients. */
export const STORE_SCOPE = 'kv';
