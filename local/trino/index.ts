/** The Athena engine on a real Trino; nothing of it starts before the first query. */
export { TrinoEngine } from './engine.ts';
