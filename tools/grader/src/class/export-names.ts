/*
 * Learning platforms export what a class has handed in under names of their own. What they say of the student is read
 * from them here; nothing else is believed.
 */

/** What the name of an exported file or folder says. */
export interface ExportName {
  /** The platform's own number of the student or group. */
  readonly id: string;
  /** The student's or group's name, as far as the platform spells it out. */
  readonly person?: string;
  /** The platform marked it as late. */
  readonly isLate?: true;
  /** The file's own name; absent when the whole folder is the student's. */
  readonly file?: string;
}

/** `doejane_LATE_12345_67890_raft.zip`: name, mark, number of the student, number of the file, the file's name. */
const CANVAS = /^(.+?)_(?:(LATE)_)?(\d+)_(\d+)_(.+)$/;
/** `Jane Doe_12345_assignsubmission_file_raft.zip`, or a folder whose name ends after `file` or `file_`. */
const MOODLE = /^(.+)_(\d+)_assignsubmission_(?:file|onlinetext)(?:_(.*))?$/;
/** A folder `submission_12345`; who is behind it, `submission_metadata.yml` says. */
const GRADESCOPE = /^submission_(\d+)$/;
/** Canvas numbers files that were handed in again. */
const AGAIN = /-\d+(?=(\.[A-Za-z]+)+$)/;

/** Reads a name; `undefined` when it is no platform's. */
export function parseExportName(name: string): ExportName | undefined {
  const moodle = MOODLE.exec(name);
  if (moodle !== null) {
    const [, person = '', id = '', file = ''] = moodle;
    return { id, person, ...(file === '' ? {} : { file }) };
  }
  const canvas = CANVAS.exec(name);
  if (canvas !== null) {
    const [, person = '', late, id = '', , file = ''] = canvas;
    return { id, person, ...(late === undefined ? {} : { isLate: true }), file: file.replace(AGAIN, '') };
  }
  const gradescope = GRADESCOPE.exec(name);
  return gradescope === null ? undefined : { id: gradescope[1] ?? '' };
}
