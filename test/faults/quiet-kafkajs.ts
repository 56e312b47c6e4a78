/** kafkajs 2.2.4 sets timers with a negative delay. Node takes that for 1 ms, as kafkajs means it, but says so. */
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'TimeoutNegativeWarning') console.error(`${warning.name}: ${warning.message}`);
});
