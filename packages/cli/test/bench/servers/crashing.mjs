console.log('connecting to the database')
throw new Error('the database is not there')
