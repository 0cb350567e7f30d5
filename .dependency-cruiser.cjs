/** The layers of src, each with all that it may import besides itself: folders, files and packages. */
const foundations = ["core/", "wire/"];
const upToPeer = [...foundations, "protocols/", "apps/", "faults/", "peer/"];
const pure = [...upToPeer, "storage/", "control/", "recording/"];
const everything = [...pure, "runtime/", "sim/", "client/", "ui/"];

const layers = {
  core: { imports: [], packages: [] },
  // CRC-32 is the one thing of Node's: a pure function of bytes.
  wire: { imports: ["core/"], packages: ["crc"], files: ["zlib"] },
  protocols: { imports: foundations, packages: [] },
  apps: { imports: foundations, packages: [] },
  faults: { imports: foundations, packages: [] },
  peer: { imports: upToPeer, packages: [] },
  storage: { imports: [...foundations, "peer/journal-record\\.ts$", "peer/registry\\.ts$"], packages: [] },
  control: { imports: upToPeer, packages: [] },
  recording: { imports: pure, packages: [] },
  runtime: { imports: pure, node: true, packages: [] },
  sim: { imports: pure, node: true, packages: [] },
  client: { imports: pure, node: true, packages: [] },
  ui: {
    imports: [...foundations, "peer/peer-view\\.ts$", "peer/peer-event\\.ts$", "control/", "recording/"],
    node: true,
    packages: ["ink", "ink-table", "react", "string-width"],
  },
  // Its version is the package's.
  cli: { imports: everything, node: true, packages: ["commander"], files: ["package\\.json"] },
};

/** What `name` may import, as patterns of paths: any other path is refused. */
const allowed = (name, { imports, packages, files = [], node = false }) => [
  `^src/${name}/`,
  ...imports.map((path) => `^src/${path}`),
  ...packages.map((name) => `^node_modules/${name}/`),
  ...packages.map((name) => `^node_modules/@types/${name}/`),
  ...files.map((file) => `^${file}$`),
  // The modules of Node are named without their prefix here: "fs/promises".
  ...(node ? ["^[a-z0-9_/]+$"] : []),
];

const ofLayer = ([name, layer]) => ({
  name: `${name}-imports-its-layers-only`,
  severity: "error",
  from: { path: `^src/${name}/` },
  to: { pathNot: allowed(name, layer) },
});

module.exports = {
  forbidden: [
    ...Object.entries(layers).map(ofLayer),
    {
      name: "protocols-do-not-know-each-other",
      severity: "error",
      from: { path: "^src/protocols/([^/]+)/" },
      to: { path: "^src/protocols/", pathNot: ["^src/protocols/$1/", "^src/protocols/definition\\.ts$"] },
    },
    {
      name: "what-protocols-share-knows-none-of-them",
      severity: "error",
      from: { path: "^src/protocols/[^/]+$" },
      to: { path: "^src/protocols/[^/]+/" },
    },
    {
      name: "every-folder-is-a-layer",
      severity: "error",
      from: { path: "^src/", pathNot: Object.keys(layers).map((name) => `^src/${name}/`) },
      to: {},
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "everything-resolves", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    // Types count as imports too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
