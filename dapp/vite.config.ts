import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the page can be mounted under any path.
  base: "./",
  // A missing file is a 404, never this page in its place: a wrong deployment URL is then named as such.
  appType: "mpa",
  build: {
    // The notices of the bundled libraries travel with the bundle.
    license: { fileName: "licenses.md" },
  },
});
