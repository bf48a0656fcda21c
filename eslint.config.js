import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: [".venv/", "data/", "runs/"] },
  js.configs.recommended,
  { files: ["pages/**/*.js", "benchmarks/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/js/*.js"], languageOptions: { globals: globals.node } },
];
