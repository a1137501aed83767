/** The part of Node that the example uses. */
declare const process: { argv: string[] };
