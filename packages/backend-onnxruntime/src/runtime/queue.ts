/** Does one thing after the other, in the order in which they are asked for. Those after one that fails are done all the same. */
export function queue(): <R>(work: () => R | Promise<R>) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
}
