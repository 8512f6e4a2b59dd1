/** Text files are bundled as strings. */
declare module '*.txt' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: a text module has no other form.
  export default text;
}
