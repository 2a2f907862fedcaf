/** The version of this package, which files name with their producer. */
export const version = '0.1.0'
