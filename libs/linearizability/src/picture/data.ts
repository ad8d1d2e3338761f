/** A history as the page's script reads it: columns, for they are shorter than ten thousand objects. */
export interface PictureData {
  readonly title: string;
  readonly model: string;
  readonly verdict: string;
  readonly sentence: string;
  readonly note: string;
  /** Names of the lanes: clients, and again a client that has several operations open at once. */
  readonly lanes: readonly string[];
  readonly partitions: readonly string[];
  readonly lane: readonly number[];
  readonly partition: readonly number[];
  readonly call: readonly number[];
  /** Null when the operation never returned. */
  readonly ret: readonly (number | null)[];
  readonly text: readonly string[];
  /** The linearization point; null when there is none. */
  readonly point: readonly (number | null)[];
  /** Its place in the order of its partition. */
  readonly place: readonly (number | null)[];
  readonly core: readonly number[];
  readonly failing: number | null;
  /** The time of the return that cannot be explained. */
  readonly broken: number | null;
}
