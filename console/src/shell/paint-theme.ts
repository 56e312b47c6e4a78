/** Runs before the first paint, as a script of its own: who chose a theme sees no flash of the other. */
const chosen = localStorage.getItem('tickerlake.theme');
if (chosen !== null) document.documentElement.dataset['theme'] = chosen;
