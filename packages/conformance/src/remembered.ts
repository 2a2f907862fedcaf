/** f, which answers for each key once: for programs that take a while to write, and are the same for every backend. */
export function remembered<Key extends object, T>(f: (key: Key) => T): (key: Key) => T {
  const known = new WeakMap<Key, { readonly answer: T }>()
  return (key) => {
    const before = known.get(key) ?? { answer: f(key) }
    known.set(key, before)
    return before.answer
  }
}

/** f, which is called once. */
export function once<T>(f: () => T): () => T {
  let known: { readonly answer: T } | undefined
  return () => {
    known ??= { answer: f() }
    return known.answer
  }
}
