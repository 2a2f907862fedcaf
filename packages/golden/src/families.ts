/** What real Keras was asked about, one file for each. */
export const families = [
  'layers',
  'losses',
  'metrics',
  'optimizers',
  'training',
  'trainingData',
  'summary',
  'initializers',
  'recurrent',
  'trainingOptions',
  'regularizers',
  'constraints',
  'guide',
  'guideSummary',
  'operations',
  'kerasFiles',
  'kerasOldFiles',
  'hdf5Files',
  'frozen',
  'structures',
  'fileMasks',
  'dtypes',
  'oldFiles',
  'earlyStopping',
] as const

export type Family = (typeof families)[number]
