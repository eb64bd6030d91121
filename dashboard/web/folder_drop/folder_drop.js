// A dropped folder keeps its name. Streamlit names a file by `webkitRelativePath`, which browsers
// fill for a chosen folder and leave empty for a dropped one; the dropped entry knows its path.

import { withPaths } from "./entries.js";

export default function () {
  if (window.medmetaKeepsFolderNames) return;
  window.medmetaKeepsFolderNames = true;
  // Without handles, upload areas read a folder through its entries, which are mended.
  delete DataTransferItem.prototype.getAsFileSystemHandle;
  const getAsEntry = DataTransferItem.prototype.webkitGetAsEntry;
  DataTransferItem.prototype.webkitGetAsEntry = function () {
    const entry = getAsEntry.call(this);
    return entry?.isDirectory ? withPaths(entry) : entry;
  };
}
