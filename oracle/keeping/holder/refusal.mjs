/** What a caller is told, with the status of HTTP. */
export class Refusal extends Error {
  constructor (status, message) {
    super(message)
    this.status = status
  }
}
