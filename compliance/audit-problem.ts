/** What can be wrong with a chain. */

export type ProblemKind =
  /** Its content is not what was written. */
  | 'altered'
  /** Consistent in itself, but not what was signed: the chain was made anew. */
  | 'rewritten'
  | 'removed'
  | 'inserted'
  | 'reordered'
  /** The end is missing. */
  | 'truncated'
  /** A record of another shop. */
  | 'foreign'
  | 'forged_checkpoint'
  /** Signed by a key that is not the one given. */
  | 'wrong_key'
  /** So many records cannot be without a signature: a checkpoint was taken away. */
  | 'removed_checkpoint'
  /** The note of where the chain ends is gone, or was not written by us. */
  | 'forged_head'
  /** Nothing signed covers these records. */
  | 'unsigned';

/** `seq` to `until` (itself when absent) of `shop`. */
export type Problem = {
  readonly shop: string;
  readonly seq: number;
  readonly until?: number;
  readonly what: ProblemKind;
  readonly detail: string;
};
