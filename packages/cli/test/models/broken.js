throw new Error('the data set is not there')
