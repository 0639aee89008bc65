/**
 * The first script, in the document itself: it runs before any file is there, and asks for what the address needs beside the scripts
 * that will draw it, instead of after them.
 */
import { askAhead } from './ahead.js';

askAhead();
