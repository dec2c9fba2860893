console.log('waiting for ever')
setInterval(() => {}, 1000)
