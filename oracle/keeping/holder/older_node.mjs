/** What Helia asks of the language and Node 20 does not have yet. Imported ahead of Helia. */
Promise.withResolvers ??= function withResolvers () {
  let resolve, reject
  const promise = new this((...both) => { [resolve, reject] = both })
  return { promise, resolve, reject }
}
