// A dropped folder keeps its name. Streamlit names a file by `webkitRelativePath`, which browsers
// fill for a chosen folder and leave empty for a dropped one; the entry knows the path.
export default function () {
  if (window.medmetaKeepsFolderNames) return;
  window.medmetaKeepsFolderNames = true;
  // Without handles, the uploader reads folders through entries, which are mended below.
  delete DataTransferItem.prototype.getAsFileSystemHandle;
  const readFile = FileSystemFileEntry.prototype.file;
  FileSystemFileEntry.prototype.file = function (found, failed) {
    const path = this.fullPath.replace(/^\//, "");
    readFile.call(this, (file) => {
      if (path.includes("/")) Object.defineProperty(file, "webkitRelativePath", { value: path });
      found(file);
    }, failed);
  };
}
