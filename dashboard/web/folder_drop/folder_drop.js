// A dropped folder keeps its name. Streamlit names a file by `webkitRelativePath`, which browsers
// fill for a chosen folder and leave empty for a dropped one; the dropped entry knows its path.
export default function () {
  if (window.medmetaKeepsFolderNames) return;
  window.medmetaKeepsFolderNames = true;
  // Without handles, upload areas read a folder through its entries, which are mended below.
  delete DataTransferItem.prototype.getAsFileSystemHandle;
  const getAsEntry = DataTransferItem.prototype.webkitGetAsEntry;
  DataTransferItem.prototype.webkitGetAsEntry = function () {
    const entry = getAsEntry.call(this);
    return entry?.isDirectory ? withPaths(entry) : entry;
  };
}

function withPaths(entry) {
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
