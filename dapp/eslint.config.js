import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["**/dist/**", "**/schema.d.ts", "**/abis.ts"] }, // generated
  ...tseslint.configs.strictTypeChecked,
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      complexity: ["error", 20],
      // Promises that nobody awaits are marked with `void`; arrow functions may return what they call.
      "@typescript-eslint/no-confusing-void-expression": "off",
      // Numbers read well in text.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // The type of a contract's answer is named by the caller, who alone knows it.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // tsconfig.json has noPropertyAccessFromIndexSignature's spirit: data attributes by name.
      "@typescript-eslint/dot-notation": "off",
    },
  },
  {
    // Clients of the API and examples, which run in Node and print.
    files: ["clients/**/*.ts", "examples/**/*.ts"],
    languageOptions: { parserOptions: { project: "../examples/typescript/tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: { "no-console": "off" },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
