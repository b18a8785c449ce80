/** Why there is no result, as far as it has to be told. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly retryable: boolean;

  constructor(message: string, retryable = false) {
    super(message);
    this.retryable = retryable;
  }
}
