// The entries of a dropped folder, as the File and Directory Entries API gives them.

// The entry itself, whose files name their path in the folder, at any depth.
export function withPaths(entry) {
  if (entry.isFile) {
    const read = entry.file.bind(entry);
    entry.file = (found, failed) => read((file) => found(named(file, entry.fullPath)), failed);
  } else {
    const createReader = entry.createReader.bind(entry);
    entry.createReader = () => {
      const reader = createReader();
      const read = reader.readEntries.bind(reader);
      reader.readEntries = (found, failed) =>
        read((entries) => found(entries.map(withPaths)), failed);
      return reader;
    };
  }
  return entry;
}

function named(file, path) {
  return Object.defineProperty(file, "webkitRelativePath", { value: path.replace(/^\//, "") });
}
