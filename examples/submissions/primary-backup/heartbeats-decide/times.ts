export const BEAT_MS = 15;
export const SILENCE_MS = 150;
export const REPEAT_MS = 45;
export const RETRY_MS = 15;
export const SEARCH_MS = 80;
export const COPY_MS = 2_500;
export const WINDOW = 400;
