/** The Keras whose files those of fn are like. */
export const KERAS_VERSION = '3.15.1'
