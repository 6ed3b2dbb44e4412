console.log('the database client is generated here')
